"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .create_image_request import CreateImageRequest
    from .created_image import CreatedImage
    from .created_image_object import CreatedImageObject
    from .created_image_status import CreatedImageStatus
    from .image import Image
    from .image_object import ImageObject
    from .image_status import ImageStatus
    from .model import Model
    from .quality import Quality
    from .ratio import Ratio
    from .resolution import Resolution

__all__ = (
    "CreatedImage",
    "CreatedImageObject",
    "CreatedImageStatus",
    "CreateImageRequest",
    "Image",
    "ImageObject",
    "ImageStatus",
    "Model",
    "Quality",
    "Ratio",
    "Resolution",
)

_MODULES = {
    "CreateImageRequest": ".create_image_request",
    "CreatedImage": ".created_image",
    "CreatedImageObject": ".created_image_object",
    "CreatedImageStatus": ".created_image_status",
    "Image": ".image",
    "ImageObject": ".image_object",
    "ImageStatus": ".image_status",
    "Model": ".model",
    "Quality": ".quality",
    "Ratio": ".ratio",
    "Resolution": ".resolution",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """A model loads when it is first used."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_MODULES})
