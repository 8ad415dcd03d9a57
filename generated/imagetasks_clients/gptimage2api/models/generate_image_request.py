from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.image_model import ImageModel
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.provider_input import ProviderInput


T = TypeVar("T", bound="GenerateImageRequest")


@_attrs_define
class GenerateImageRequest:
    """Resolution, output format and the like are fields of their own, by model; their names are not documented in
    what was read. Further fields are therefore accepted.

        Attributes:
            prompt (str): What to draw. Each model has its own maximum length; without `model` none is documented.
            model (ImageModel | Unset): All four make images from text and from images.

                | Model | Reference images | Characters of the prompt |
                |---|---|---|
                | `gpt-image-2` | 4 | 20,000 |
                | `nano-banana-2` | 14 | 20,000 |
                | `nano-banana-pro` | 8 | 10,000 |
                | `google/nano-banana` | 10 | 5,000 |
            input_image_urls (list[str] | Unset): Reference images by URL. Their presence alone turns the task into image to
                image. Each model has its own
                maximum; formats, sizes and the meaning of an empty list are not documented.
            aspect_ratio (str | Unset): Closed list for `gpt-image-2`: `auto`, `1:1`, `16:9`, `9:16`, `4:3`, `3:4`, `3:2`,
                `2:3`, `4:5`, `5:4`,
                `21:9`. The lists of the other models, and the default, are not documented.
            provider_input (ProviderInput | Unset): Passed unchanged to the model's provider. Neither the vendor nor this
                description checks it.
    """

    prompt: str
    model: ImageModel | Unset = UNSET
    input_image_urls: list[str] | Unset = UNSET
    aspect_ratio: str | Unset = UNSET
    provider_input: ProviderInput | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        model: str | Unset = UNSET
        if not isinstance(self.model, Unset):
            model = self.model.value

        input_image_urls: list[str] | Unset = UNSET
        if not isinstance(self.input_image_urls, Unset):
            input_image_urls = self.input_image_urls

        aspect_ratio = self.aspect_ratio

        provider_input: dict[str, Any] | Unset = UNSET
        if not isinstance(self.provider_input, Unset):
            provider_input = self.provider_input.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "prompt": prompt,
            }
        )
        if model is not UNSET:
            field_dict["model"] = model
        if input_image_urls is not UNSET:
            field_dict["inputImageUrls"] = input_image_urls
        if aspect_ratio is not UNSET:
            field_dict["aspectRatio"] = aspect_ratio
        if provider_input is not UNSET:
            field_dict["providerInput"] = provider_input

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.provider_input import ProviderInput  # noqa: PLC0415

        d = dict(src_dict)
        prompt = d.pop("prompt")

        _model = d.pop("model", UNSET)
        model: ImageModel | Unset
        if isinstance(_model, Unset):
            model = UNSET
        else:
            model = ImageModel(_model)

        input_image_urls = cast(list[str], d.pop("inputImageUrls", UNSET))

        aspect_ratio = d.pop("aspectRatio", UNSET)

        _provider_input = d.pop("providerInput", UNSET)
        provider_input: ProviderInput | Unset
        if isinstance(_provider_input, Unset):
            provider_input = UNSET
        else:
            provider_input = ProviderInput.from_dict(_provider_input)

        generate_image_request = cls(
            prompt=prompt,
            model=model,
            input_image_urls=input_image_urls,
            aspect_ratio=aspect_ratio,
            provider_input=provider_input,
        )

        generate_image_request.additional_properties = d
        return generate_image_request

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
