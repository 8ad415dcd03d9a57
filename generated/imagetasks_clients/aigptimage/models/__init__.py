"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_MODULES = {
    "CreateTaskRequest": ".create_task_request",
    "CreateTaskResponse": ".create_task_response",
    "CreatedTask": ".created_task",
    "Error": ".error",
    "GetTaskResponse": ".get_task_response",
    "ImageResolution": ".image_resolution",
    "ImageToImageInput": ".image_to_image_input",
    "Model": ".model",
    "OkCode": ".ok_code",
    "RateLimit": ".rate_limit",
    "RateLimitError": ".rate_limit_error",
    "Task": ".task",
    "TaskParam": ".task_param",
    "TaskParamInput": ".task_param_input",
    "TaskResult": ".task_result",
    "TaskState": ".task_state",
    "TextToImageInput": ".text_to_image_input",
    "VideoInput": ".video_input",
    "VideoResolution": ".video_resolution",
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
