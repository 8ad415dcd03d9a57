"""Contains all the data models used in inputs/outputs"""

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
