"""Which key opens which provider: from the environment, or as a client is given them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from .._access import Access
from .._errors import AuthenticationError
from . import PROVIDERS, check_provider


def check_tier(provider: str, tier: str | None) -> None:
    tiers = PROVIDERS[provider].spec.tiers if tier is not None else ()
    if tier is not None and tier not in tiers:
        documented = (
            f"it is one of {', '.join(tiers)}" if tiers else "it documents none"
        )
        raise ValueError(f"{provider}: {tier!r} is not a tier; {documented}")


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
            try:
                access[provider] = Access(key, base_url or None, tier or None)
            except ValueError as error:  # which of the variables, its words say
                raise ValueError(f"{provider}: {error}") from None
    return access


def allow_hosts_from_env(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Those of `IMAGETASKS_ALLOW_HOSTS`, with spaces or commas between them."""
    environ = os.environ if environ is None else environ
    return tuple(environ.get("IMAGETASKS_ALLOW_HOSTS", "").replace(",", " ").split())


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
