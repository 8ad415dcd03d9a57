"""Contains all the data models used in inputs/outputs"""

from .create_task_request import CreateTaskRequest
from .create_task_response import CreateTaskResponse
from .created_task import CreatedTask
from .error import Error
from .get_task_response import GetTaskResponse
from .image_resolution import ImageResolution
from .image_to_image_input import ImageToImageInput
from .model import Model
from .ok_code import OkCode
from .rate_limit import RateLimit
from .rate_limit_error import RateLimitError
from .task import Task
from .task_param import TaskParam
from .task_param_input import TaskParamInput
from .task_result import TaskResult
from .task_state import TaskState
from .text_to_image_input import TextToImageInput
from .video_input import VideoInput
from .video_resolution import VideoResolution

__all__ = (
    "CreatedTask",
    "CreateTaskRequest",
    "CreateTaskResponse",
    "Error",
    "GetTaskResponse",
    "ImageResolution",
    "ImageToImageInput",
    "Model",
    "OkCode",
    "RateLimit",
    "RateLimitError",
    "Task",
    "TaskParam",
    "TaskParamInput",
    "TaskResult",
    "TaskState",
    "TextToImageInput",
    "VideoInput",
    "VideoResolution",
)
