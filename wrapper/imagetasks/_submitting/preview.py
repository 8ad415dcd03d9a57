"""A submit that is not sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestPreview:
    """
    The HTTP request that a submit sends, with the key masked. The transport adds its own headers, such as Host.

    `body` is the parsed JSON. `credits` is the documented price, None where no page states one or the request leaves
    open what it depends on. An idempotency key that the request does not bring is another one in each submit.
    """

    provider: str
    method: str
    url: str
    headers: Mapping[str, str]
    body: Any = field(repr=False)
    credits: float | None
