"""Keys and addresses: where a provider is, and what opens it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from ._errors import AuthenticationError
from .providers import PROVIDERS, check_provider


@dataclass(frozen=True, slots=True)
class Access:
    """
    A key for one provider. `base_url` stands in for the server of the provider's OpenAPI description, path
    included; None is that server. `tier` is the vendor's word for what the key may do (aigptimage: free, basic,
    standard, pro, ultra): waits and submits keep to its documented limits; None goes as fast as need be, and slower
    after a 429.
    """

    api_key: str = field(repr=False)
    base_url: str | None = None
    tier: str | None = None

    def __post_init__(self) -> None:
        # An HTTP header takes printable ASCII; the error of a library below would quote the key.
        if not isinstance(self.api_key, str) or not self.api_key:
            raise ValueError("an API key is a text of at least one character")
        if not all("!" <= character <= "~" for character in self.api_key):
            raise ValueError(
                "the API key holds a space, a line break or a character outside of ASCII"
            )
        if self.base_url is not None:
            check_base_url(self.base_url)


def check_base_url(url: str) -> None:
    # It would go out in place of the key, and into every message that names the address.
    if "@" in url:
        raise ValueError("base_url holds a user or password: the key is all there is")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and parts.hostname
        is_more = parts.query or parts.fragment
        _ = parts.port
        # What no resolver takes would fail later, in words of the library that met it first.
        _ = httpx.URL(url).host, (parts.hostname or "").encode("idna")
    except (ValueError, httpx.InvalidURL):
        is_one = is_more = ""
    if not is_one or is_more:
        raise ValueError(f"base_url is http(s)://host[:port][/path], not {url!r}")


def check_tier(provider: str, tier: str | None) -> None:
    tiers = PROVIDERS[provider].spec.tiers if tier is not None else {}
    if tier is not None and tier not in tiers:
        known = f"it is one of {', '.join(tiers)}" if tiers else "it documents none"
        raise ValueError(f"{provider}: {tier!r} is no tier, {known}")


def key_variable(provider: str) -> str:
    return f"{provider.upper()}_API_KEY"


def access_from_env(environ: Mapping[str, str] | None = None) -> dict[str, Access]:
    """`<PROVIDER>_API_KEY`, `<PROVIDER>_BASE_URL` and `<PROVIDER>_TIER` of every provider whose key is set."""
    environ = os.environ if environ is None else environ
    access = {}
    for provider in PROVIDERS:
        if key := environ.get(key_variable(provider), "").strip():
            base_url = environ.get(f"{provider.upper()}_BASE_URL", "").strip()
            tier = environ.get(f"{provider.upper()}_TIER", "").strip()
            access[provider] = Access(key, base_url or None, tier or None)
    return access


def check_access(access: Mapping[str, Access | str]) -> dict[str, Access]:
    """Access by provider, from keys or Access. Raises AuthenticationError when there is none at all."""
    for provider in access:
        check_provider(provider)
    if not access:
        variables = ", ".join(map(key_variable, PROVIDERS))
        raise AuthenticationError(f"no API key: set one of {variables}, or pass one")
    return {provider: _as_access(provider, value) for provider, value in access.items()}


def _as_access(provider: str, value: Access | str) -> Access:
    if isinstance(value, Access):
        check_tier(provider, value.tier)
        return value
    if isinstance(value, str):
        return Access(value)
    raise TypeError(
        f"{provider}: access is a key or an Access, not {type(value).__name__}"
    )
