from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model import Model

if TYPE_CHECKING:
    from ..models.image_to_image_input import ImageToImageInput
    from ..models.text_to_image_input import TextToImageInput
    from ..models.video_input import VideoInput


T = TypeVar("T", bound="CreateTaskRequest")


@_attrs_define
class CreateTaskRequest:
    """
    Attributes:
        model (Model): The public model id, to be matched exactly; it decides what `input` holds. The index page lists
            the first four,
            the other three have pages of their own. An older page says that only image models are public.
        input_ (ImageToImageInput | TextToImageInput | VideoInput): The fields of the model, all inside this object; the
            rules below say which model takes which of the three.
            Undocumented fields may be present: what the vendor does with them is not known.
    """

    model: Model
    input_: ImageToImageInput | TextToImageInput | VideoInput
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.image_to_image_input import ImageToImageInput  # noqa: PLC0415
        from ..models.text_to_image_input import TextToImageInput  # noqa: PLC0415

        model = self.model.value

        input_: dict[str, Any]
        if isinstance(self.input_, TextToImageInput):
            input_ = self.input_.to_dict()
        elif isinstance(self.input_, ImageToImageInput):
            input_ = self.input_.to_dict()
        else:
            input_ = self.input_.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "model": model,
                "input": input_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.image_to_image_input import ImageToImageInput  # noqa: PLC0415
        from ..models.text_to_image_input import TextToImageInput  # noqa: PLC0415
        from ..models.video_input import VideoInput  # noqa: PLC0415

        d = dict(src_dict)
        model = Model(d.pop("model"))

        def _parse_input_(data: object) -> ImageToImageInput | TextToImageInput | VideoInput:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                input_type_0 = TextToImageInput.from_dict(data)

                return input_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                input_type_1 = ImageToImageInput.from_dict(data)

                return input_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            input_type_2 = VideoInput.from_dict(data)

            return input_type_2

        input_ = _parse_input_(d.pop("input"))

        create_task_request = cls(
            model=model,
            input_=input_,
        )

        create_task_request.additional_properties = d
        return create_task_request

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
