"""Contains all the data models used in inputs/outputs"""

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
