"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .error import Error
    from .field_errors import FieldErrors
    from .generate_image_request import GenerateImageRequest
    from .generate_video_request import GenerateVideoRequest
    from .image_model import ImageModel
    from .input_mode import InputMode
    from .insufficient_credits_error import InsufficientCreditsError
    from .invalid_request_details import InvalidRequestDetails
    from .invalid_request_error import InvalidRequestError
    from .provider_input import ProviderInput
    from .submitted_task import SubmittedTask
    from .task import Task
    from .task_status import TaskStatus
    from .task_type import TaskType
    from .video_model import VideoModel

__all__ = (
    "Error",
    "FieldErrors",
    "GenerateImageRequest",
    "GenerateVideoRequest",
    "ImageModel",
    "InputMode",
    "InsufficientCreditsError",
    "InvalidRequestDetails",
    "InvalidRequestError",
    "ProviderInput",
    "SubmittedTask",
    "Task",
    "TaskStatus",
    "TaskType",
    "VideoModel",
)

_MODULES = {
    "Error": ".error",
    "FieldErrors": ".field_errors",
    "GenerateImageRequest": ".generate_image_request",
    "GenerateVideoRequest": ".generate_video_request",
    "ImageModel": ".image_model",
    "InputMode": ".input_mode",
    "InsufficientCreditsError": ".insufficient_credits_error",
    "InvalidRequestDetails": ".invalid_request_details",
    "InvalidRequestError": ".invalid_request_error",
    "ProviderInput": ".provider_input",
    "SubmittedTask": ".submitted_task",
    "Task": ".task",
    "TaskStatus": ".task_status",
    "TaskType": ".task_type",
    "VideoModel": ".video_model",
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
