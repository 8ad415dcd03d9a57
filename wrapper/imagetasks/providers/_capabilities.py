"""What a provider's submit can say, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Capability:
    """
    One field of a request, as one provider takes it.

    name: the field of `ImageRequest` or `VideoRequest`.
    sent_as: where it goes: a JSON pointer into the body, `header NAME`, `path NAME`, or `/width x /height`.
    values: the vendor's closed list. None where anything goes or nothing is documented.
    default: what applies when the field is left out, where that is documented. Of the model: what is sent then.
    at_most: how many entries a list takes.
    """

    name: str
    sent_as: str
    values: tuple[Any, ...] | None = None
    default: Any = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """
    What a provider's API can express.

        print(client.capabilities("akool").image["aspect_ratio"].values)

    Any other field raises `UnsupportedRequest`. Values are those of the default model, where there is one.

    provider: its name.
    image: the fields of `ImageRequest`, by name.
    video: the fields of `VideoRequest`, by name; None where the provider makes no videos.
    """

    provider: str
    image: Mapping[str, Capability]
    video: Mapping[str, Capability] | None
