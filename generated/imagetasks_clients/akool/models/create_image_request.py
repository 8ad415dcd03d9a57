from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.model_name import ModelName
from ..models.resolution import Resolution
from ..models.scale import Scale
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.meitu_parameter import MeituParameter


T = TypeVar("T", bound="CreateImageRequest")


@_attrs_define
class CreateImageRequest:
    """
    Attributes:
        prompt (str | Unset): What to draw. Required on the older page; on the newer one, for the two WaveSpeed models,
            while the Meitu
            model does not use it. It does not say what applies if no model is named, so the older rule is kept. Code
            1003 also stands for a parameter that is empty, by the overview. No maximum length is documented.
        model_name (ModelName | Unset): `wavespeed-ai/flux-krea-dev-lora`: text to image. `wavespeed-ai/flux-kontext-
            dev`: image to image.
            `meitu/yunxiu-pro/image-to-image`: image to image; on the newer page only.

            Left out, one is chosen by whether there are source images. Whether a model may be named against that (a text
            model with source images, an image model without) is not documented.
        source_images (list[str] | Unset): Source images by URL; their presence selects image to image. Only the first
            is used. The Meitu model needs
            one: JPG, JPEG or PNG, up to 15000 pixels a side, by the public URL of a named host (no base64, no IP
            address). Nothing is documented for the others.
        parameter (MeituParameter | Unset): Settings of the Meitu model, both parts of which its page of parameters
            requires. That page, and the newer page
            of the create call, were read in revision 420efb75 of the vendor's documentation; later ones have neither.
        scale (Scale | Unset): Aspect ratio. Documented default `1:1`. `Original` is for image to image only.
        resolution (Resolution | Unset): Documented default `4k`
        batch_quantity (int | Unset): How many images, each a task of its own. Documented default 1.
        similar (float | Unset): How close to stay to the source, 1 being closest. Documented default 0.5. Applies to
            image to image only;
            what it does otherwise is not documented.
        negative_prompt (str | Unset): What to leave out of the picture
        webhookurl (str | Unset): Where to report to. All lower case in this operation; the other two create calls, and
            a tip on the overview
            page, say `webhookUrl`.
    """

    prompt: str | Unset = UNSET
    model_name: ModelName | Unset = UNSET
    source_images: list[str] | Unset = UNSET
    parameter: MeituParameter | Unset = UNSET
    scale: Scale | Unset = UNSET
    resolution: Resolution | Unset = UNSET
    batch_quantity: int | Unset = UNSET
    similar: float | Unset = UNSET
    negative_prompt: str | Unset = UNSET
    webhookurl: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        prompt = self.prompt

        model_name: str | Unset = UNSET
        if not isinstance(self.model_name, Unset):
            model_name = self.model_name.value

        source_images: list[str] | Unset = UNSET
        if not isinstance(self.source_images, Unset):
            source_images = self.source_images

        parameter: dict[str, Any] | Unset = UNSET
        if not isinstance(self.parameter, Unset):
            parameter = self.parameter.to_dict()

        scale: str | Unset = UNSET
        if not isinstance(self.scale, Unset):
            scale = self.scale.value

        resolution: str | Unset = UNSET
        if not isinstance(self.resolution, Unset):
            resolution = self.resolution.value

        batch_quantity = self.batch_quantity

        similar = self.similar

        negative_prompt = self.negative_prompt

        webhookurl = self.webhookurl

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if prompt is not UNSET:
            field_dict["prompt"] = prompt
        if model_name is not UNSET:
            field_dict["model_name"] = model_name
        if source_images is not UNSET:
            field_dict["source_images"] = source_images
        if parameter is not UNSET:
            field_dict["parameter"] = parameter
        if scale is not UNSET:
            field_dict["scale"] = scale
        if resolution is not UNSET:
            field_dict["resolution"] = resolution
        if batch_quantity is not UNSET:
            field_dict["batch_quantity"] = batch_quantity
        if similar is not UNSET:
            field_dict["similar"] = similar
        if negative_prompt is not UNSET:
            field_dict["negative_prompt"] = negative_prompt
        if webhookurl is not UNSET:
            field_dict["webhookurl"] = webhookurl

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.meitu_parameter import MeituParameter  # noqa: PLC0415

        d = dict(src_dict)
        prompt = d.pop("prompt", UNSET)

        _model_name = d.pop("model_name", UNSET)
        model_name: ModelName | Unset
        if isinstance(_model_name, Unset):
            model_name = UNSET
        else:
            model_name = ModelName(_model_name)

        source_images = cast(list[str], d.pop("source_images", UNSET))

        _parameter = d.pop("parameter", UNSET)
        parameter: MeituParameter | Unset
        if isinstance(_parameter, Unset):
            parameter = UNSET
        else:
            parameter = MeituParameter.from_dict(_parameter)

        _scale = d.pop("scale", UNSET)
        scale: Scale | Unset
        if isinstance(_scale, Unset):
            scale = UNSET
        else:
            scale = Scale(_scale)

        _resolution = d.pop("resolution", UNSET)
        resolution: Resolution | Unset
        if isinstance(_resolution, Unset):
            resolution = UNSET
        else:
            resolution = Resolution(_resolution)

        batch_quantity = d.pop("batch_quantity", UNSET)

        similar = d.pop("similar", UNSET)

        negative_prompt = d.pop("negative_prompt", UNSET)

        webhookurl = d.pop("webhookurl", UNSET)

        create_image_request = cls(
            prompt=prompt,
            model_name=model_name,
            source_images=source_images,
            parameter=parameter,
            scale=scale,
            resolution=resolution,
            batch_quantity=batch_quantity,
            similar=similar,
            negative_prompt=negative_prompt,
            webhookurl=webhookurl,
        )

        create_image_request.additional_properties = d
        return create_image_request

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
