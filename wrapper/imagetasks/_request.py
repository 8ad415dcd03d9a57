"""What is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """
    One picture to make, in words that every provider shares.

    What is left out is not sent, so the vendor's own default holds. What a vendor's API cannot say raises
    `UnsupportedRequest`; what its documentation forbids raises `InvalidRequest`, before anything is sent.
    `resolution` may be written in any case. `reference_images` are public URLs. `extra` holds fields of the
    vendor's own, passed on as they are.
    """

    prompt: str
    model: str | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    quality: str | None = None
    reference_images: Sequence[str] = ()
    count: int = 1
    negative_prompt: str | None = None
    webhook_url: str | None = None
    idempotency_key: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise TypeError(f"prompt is text, not {type(self.prompt).__name__}")
        if isinstance(self.reference_images, str):
            raise TypeError("reference_images is a list of URLs, not one URL")
        if not isinstance(self.count, int) or self.count < 1:
            raise ValueError(f"count is a whole number from 1, not {self.count!r}")
        # Copies: a request lives on in errors and queues while its maker goes on with the lists.
        object.__setattr__(self, "reference_images", tuple(self.reference_images))
        object.__setattr__(self, "extra", dict(self.extra))
