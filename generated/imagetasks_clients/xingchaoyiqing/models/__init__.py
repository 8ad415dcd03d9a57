"""Contains all the data models used in inputs/outputs"""

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
