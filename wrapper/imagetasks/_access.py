"""Access: the key of a provider, its address, tier and credit limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Access:
    """
    A key for one provider, with its settings.

        Client({"aigptimage": Access("KEY", tier="basic", credit_limit=100)})

    api_key: the vendor's key.
    base_url: the address of a mock or a gateway, path included, in place of the server in the vendor's spec. None uses the spec's
        server.
    tier: the vendor's name for the rate limits of the key (aigptimage: free, basic, standard, pro, ultra). Submits and polls keep
        to the documented limits of that tier. None sets no limit, and slows down after HTTP 429.
    credit_limit: credits that all tasks of one client may cost together; with a journal, all tasks of that journal. A submit that
        could exceed it raises BudgetExceeded, and is not sent.

    Raises:
        ValueError: the key is empty or not valid in an HTTP header, or the address is not an http(s) URL.
    """

    api_key: str = field(repr=False)
    base_url: str | None = None
    tier: str | None = None
    credit_limit: float | None = None

    def __post_init__(self) -> None:
        # An HTTP header takes printable ASCII. Without this check, httpx would raise an error that quotes the key.
        if not isinstance(self.api_key, str) or not self.api_key:
            raise ValueError("an API key is a text of at least one character")
        if not all("!" <= character <= "~" for character in self.api_key):
            raise ValueError(
                "the API key holds a space, a line break or a character outside of ASCII"
            )
        if self.base_url is not None:
            check_base_url(self.base_url)
        if self.credit_limit is not None:
            check_credits(self.credit_limit, "credit_limit")


def check_base_url(url: str) -> None:
    from ._httpx import URL, InvalidURL  # brings httpx

    # httpx would send it in place of the key, and every message that names the address would show it.
    if "@" in url:
        raise ValueError("base_url holds a user or password: the key is all there is")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and parts.hostname
        is_more = parts.query or parts.fragment
        _ = parts.port
        # A name that no resolver takes would otherwise fail later, with another library's message.
        _ = URL(url).host, (parts.hostname or "").encode("idna")
    except (ValueError, InvalidURL):
        is_one = is_more = ""
    if not is_one or is_more:
        raise ValueError(f"base_url is http(s)://host[:port][/path], not {url!r}")


def check_credits(credits: float, name: str) -> float:
    """Raises TypeError if it is not a number, ValueError if it is below 0 or NaN."""
    if isinstance(credits, bool) or not isinstance(credits, int | float):
        raise TypeError(f"{name} is a number of credits, not {type(credits).__name__}")
    if not credits >= 0:
        raise ValueError(f"{name} is a number of credits from 0, not {credits!r}")
    return credits
