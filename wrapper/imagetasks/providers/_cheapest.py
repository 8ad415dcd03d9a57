"""The cheapest picture that a vendor's pages price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._errors import InvalidRequest, UnsupportedRequest
from .._request import ImageRequest
from ._base import Provider

PROMPT = "a lighthouse"


def cheapest_picture(provider: Provider) -> ImageRequest:
    """
    The request that can cost least by the documented prices; of several, one with an exact price, and the vendor's default
    before others. The default where no page states a price.
    """
    found: list[tuple[float, bool, int, ImageRequest]] = []
    for n, request in enumerate(_priced_pictures(provider)):
        try:
            body = provider.submit(request).kwargs["json"]
        except (UnsupportedRequest, InvalidRequest):
            continue  # it needs more, such as a picture to begin with
        if (highest := provider.highest_price(request, body)) is not None:
            is_open = provider.price(request, body) is None
            found.append((highest, is_open, n, request))
    return min(found)[-1] if found else ImageRequest(PROMPT)


def _priced_pictures(provider: Provider) -> Iterator[ImageRequest]:
    """The default, and one for each price that is documented for pictures."""
    yield ImageRequest(PROMPT)
    fields = {each.sent_as: each.name for each in provider.capabilities.image.values()}
    for entry in provider.spec.prices:
        if entry.get("operation", provider.images.id) != provider.images.id:
            continue
        given: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for pointer, value in entry["when"].items():
            if pointer in fields:
                given[fields[pointer]] = value
            else:
                _put(extra, pointer, value)
        yield ImageRequest(PROMPT, **given, extra=extra)


def _put(extra: dict[str, Any], pointer: str, value: Any) -> None:
    """In a field of the vendor's own."""
    *parents, name = pointer.split("/")[1:]
    for parent in parents:
        extra = extra.setdefault(parent, {})
    extra[name] = value
