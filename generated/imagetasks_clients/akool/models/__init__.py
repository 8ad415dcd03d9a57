"""Contains all the data models used in inputs/outputs"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .balance import Balance
    from .business_code import BusinessCode
    from .button import Button
    from .button_image import ButtonImage
    from .button_image_answer import ButtonImageAnswer
    from .create_by_button_request import CreateByButtonRequest
    from .create_image_request import CreateImageRequest
    from .create_image_v3_request import CreateImageV3Request
    from .created_image import CreatedImage
    from .created_image_answer import CreatedImageAnswer
    from .created_image_v3 import CreatedImageV3
    from .created_image_v3_answer import CreatedImageV3Answer
    from .credit_answer import CreditAnswer
    from .get_token_request import GetTokenRequest
    from .image_answer import ImageAnswer
    from .image_status import ImageStatus
    from .image_task import ImageTask
    from .meitu_parameter import MeituParameter
    from .meitu_parameter_all_params import MeituParameterAllParams
    from .model_name import ModelName
    from .people_type import PeopleType
    from .resolution import Resolution
    from .scale import Scale
    from .scale_v3 import ScaleV3
    from .sub_type import SubType
    from .token_answer import TokenAnswer
    from .webhook_content import WebhookContent
    from .webhook_envelope import WebhookEnvelope
    from .webhook_status import WebhookStatus

__all__ = (
    "Balance",
    "BusinessCode",
    "Button",
    "ButtonImage",
    "ButtonImageAnswer",
    "CreateByButtonRequest",
    "CreatedImage",
    "CreatedImageAnswer",
    "CreatedImageV3",
    "CreatedImageV3Answer",
    "CreateImageRequest",
    "CreateImageV3Request",
    "CreditAnswer",
    "GetTokenRequest",
    "ImageAnswer",
    "ImageStatus",
    "ImageTask",
    "MeituParameter",
    "MeituParameterAllParams",
    "ModelName",
    "PeopleType",
    "Resolution",
    "Scale",
    "ScaleV3",
    "SubType",
    "TokenAnswer",
    "WebhookContent",
    "WebhookEnvelope",
    "WebhookStatus",
)

_MODULES = {
    "Balance": ".balance",
    "BusinessCode": ".business_code",
    "Button": ".button",
    "ButtonImage": ".button_image",
    "ButtonImageAnswer": ".button_image_answer",
    "CreateByButtonRequest": ".create_by_button_request",
    "CreateImageRequest": ".create_image_request",
    "CreateImageV3Request": ".create_image_v3_request",
    "CreatedImage": ".created_image",
    "CreatedImageAnswer": ".created_image_answer",
    "CreatedImageV3": ".created_image_v3",
    "CreatedImageV3Answer": ".created_image_v3_answer",
    "CreditAnswer": ".credit_answer",
    "GetTokenRequest": ".get_token_request",
    "ImageAnswer": ".image_answer",
    "ImageStatus": ".image_status",
    "ImageTask": ".image_task",
    "MeituParameter": ".meitu_parameter",
    "MeituParameterAllParams": ".meitu_parameter_all_params",
    "ModelName": ".model_name",
    "PeopleType": ".people_type",
    "Resolution": ".resolution",
    "Scale": ".scale",
    "ScaleV3": ".scale_v3",
    "SubType": ".sub_type",
    "TokenAnswer": ".token_answer",
    "WebhookContent": ".webhook_content",
    "WebhookEnvelope": ".webhook_envelope",
    "WebhookStatus": ".webhook_status",
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
