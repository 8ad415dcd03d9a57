"""What a provider's submit can say, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Capability:
    """
    One field of a request.

    `sent_as` is a JSON pointer into the body, `header NAME`, `path NAME`, or `/width x /height`. `values` is the
    vendor's closed list, None where anything goes or nothing is documented. `default`: what holds when it is left out,
    where that is documented; of the model, what is sent then. `at_most`: how many entries a list takes.
    """

    name: str
    sent_as: str
    values: tuple[Any, ...] | None = None
    default: Any = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """
    What a provider's API can express: the fields of `ImageRequest`, and of `VideoRequest` where it makes videos.

    All other fields raise `UnsupportedRequest`. Values are those of the default model, where there is one.
    """

    provider: str
    image: Mapping[str, Capability]
    video: Mapping[str, Capability] | None
