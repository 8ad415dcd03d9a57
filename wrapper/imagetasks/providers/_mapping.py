"""What one submit operation of a vendor takes: what it has no word for, how it spells the rest, what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from .._errors import UnsupportedRequest
from .._request import PROMPTS, ImageRequest, Request, VideoRequest
from .._specs.prices import highest_price, price
from .._specs.schema import Field, Json, value_at
from .._specs.spec import Spec
from ._capabilities import Capability
from ._operations import IN_EACH
from ._spelling import (
    check_public_url,
    refuse_size,
    spell_ratio,
    spell_resolution,
    spell_url,
)

_PATH = "path "
_BETWEEN_EDGES = " x "


@dataclass(frozen=True)
class RequestMapping:
    """`fields` says where each field of a request goes; see `Provider`."""

    spec: Spec
    operation: str
    fields: Mapping[str, str]

    @property
    def provider(self) -> str:
        return self.spec.provider

    @property
    def models(self) -> tuple[str, ...]:
        """Those that are documented for the operation."""
        if "model" not in self.fields:
            return ()
        values = self.spec.field(self.operation, self.fields["model"], {}).values
        return () if values is None else values

    @property
    def default_model(self) -> str | None:
        """The documented one, where no request goes without a model."""
        place = self.fields.get("model")
        if place is None or not self.spec.requires(self.operation, place):
            return None
        default: str | None = self.spec.field(self.operation, place, {}).default
        return default

    def check_path(self, request: Request) -> None:
        """Raises InvalidRequest for what no page documents there."""
        for name, sent_as in self.fields.items():
            if sent_as.startswith(_PATH):
                parameter = sent_as.removeprefix(_PATH)
                value = getattr(request, name)
                self.spec.check_path(self.operation, parameter, name, value)

    def refuse_what_cannot_be_said(self, request: Request) -> None:
        """Raises UnsupportedRequest."""
        for field in fields(request):
            value = getattr(request, field.name)
            if field.name in self.fields or value in (None, ()):
                continue
            if field.name == "size":
                raise self._refusal_of_size(request.model, value)
            if field.name != "count":
                raise UnsupportedRequest(
                    f"{self.provider}: its API documents nothing for {field.name}"
                )
        key = request.idempotency_key
        if key is not None and not re.fullmatch(r"[!-~]([ -~]*[!-~])?", key):
            raise UnsupportedRequest(
                f"{self.provider}: idempotency_key goes into a header, which takes printable ASCII"
            )
        for name, url in _pictures(request):
            check_public_url(self.provider, name, url)

    def spell(self, request: Request) -> Request:
        """The request as the vendor writes it. Raises UnsupportedRequest."""
        ratio, resolution = request.aspect_ratio, request.resolution
        if ratio is not None:
            values = self._field("aspect_ratio", request.model).values
            ratio = spell_ratio(self.provider, ratio, values)
        if resolution is not None:
            values = self._field("resolution", request.model).values
            resolution = spell_resolution(self.provider, resolution, values)
        request = replace(request, aspect_ratio=ratio, resolution=resolution)
        if isinstance(request, VideoRequest):
            return replace(request, first_image=_spelled(request.first_image))
        return replace(
            request,
            reference_images=tuple(map(spell_url, request.reference_images)),
            webhook_url=_spelled(request.webhook_url),
        )

    def complete(self, body: dict[str, Any], extra: Mapping[str, Any]) -> None:
        """Add the vendor's own fields, and check the whole. Raises UnsupportedRequest, InvalidRequest."""
        target = value_at(body, self.fields["extra"])
        for name, value in extra.items():
            if name in target and target[name] != value:
                raise UnsupportedRequest(
                    f"{self.provider}: {name!r} is set twice, by the request and by its extra"
                )
            target[name] = value
        self.spec.check_body(self.operation, body)

    def leave_out_prompts(self, body: Json, extra: Mapping[str, Any]) -> None:
        """Take out of a body what holds a prompt, or may: the vendor's own names for it are in `extra`."""
        target = value_at(body, self.fields["extra"])
        for name in extra:
            target.pop(name, None)
        for name in PROMPTS - {"extra"} & self.fields.keys():
            # Of a list it is all that there is.
            above, _, last = self.fields[name].removesuffix("/0").rpartition("/")
            if isinstance(holder := value_at(body, above), dict):
                holder.pop(last, None)

    def price(self, body: Json) -> float | None:
        return price(self.spec, self.operation, body, self._given_in(body))

    def highest_price(self, body: Json) -> float | None:
        return highest_price(self.spec, self.operation, body, self._given_in(body))

    def capabilities(
        self, models: tuple[str, ...], default: str | None
    ) -> Mapping[str, Capability]:
        known = {name: self._field(name, default) for name in self.fields}
        if "model" in self.fields:
            known["model"] = Field(models, default or known["model"].default)
        return {
            name: Capability(name, self.fields[name], *astuple(field))
            for name, field in known.items()
        }

    def _field(self, name: str, model: str | None) -> Field:
        """What the spec says of a field of ours, with that model; nothing where it is no field of its own there."""
        sent_as = self.fields.get(name, "")
        is_own = sent_as != self.fields.get("model") or name == "model"
        if not sent_as.startswith(("/", _PATH)) or not is_own:
            return Field()
        given = self._given(model)
        known = [
            self.spec.field(self.operation, place.partition(IN_EACH)[0], given)
            for place in sent_as.split(_BETWEEN_EDGES)
        ]
        if len(known) == 1:
            return known[0]
        edges = [edge.default for edge in known]
        return Field(default=None if None in edges else "x".join(map(str, edges)))

    def _given_in(self, body: Json) -> dict[str, str]:
        sent_as = self.fields.get("model", "")
        model = value_at(body, sent_as) if sent_as.startswith("/") else None
        return self._given(model)

    def _given(self, model: str | None) -> dict[str, str]:
        sent_as = self.fields.get("model", "")
        if model is None or not sent_as.startswith("/"):
            return {}
        return {sent_as.removeprefix("/"): model}

    def _refusal_of_size(self, model: str | None, size: str) -> UnsupportedRequest:
        return refuse_size(
            self.provider,
            size,
            self._field("aspect_ratio", model).values,
            self._field("resolution", model).values,
        )


def _spelled(url: str | None) -> str | None:
    return spell_url(url) if isinstance(url, str) else url


def _pictures(request: Request) -> list[tuple[str, object]]:
    if isinstance(request, ImageRequest):
        urls = enumerate(request.reference_images)
        return [(f"reference_images[{n}]", url) for n, url in urls]
    first = request.first_image
    return [] if first is None else [("first_image", first)]
