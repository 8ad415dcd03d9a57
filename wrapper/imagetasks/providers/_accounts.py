"""The vendors that a client has keys for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .._access import Access
from .._errors import AuthenticationError
from .._http.endpoint import Endpoint
from .._http.servers import Servers
from .._specs.spec import Limit
from .._version import __version__
from . import PROVIDERS, check_provider
from ._base import Provider
from ._keys import check_access, key_variable

USER_AGENT = f"imagetasks/{__version__}"


class Accounts:
    """Adapters, servers and limits of those vendors, by their names."""

    def __init__(self, access: Mapping[str, Access | str]) -> None:
        self.access = check_access(access)
        self.servers = {
            name: Servers(PROVIDERS[name].spec.servers, held.base_url)
            for name, held in self.access.items()
        }
        self.endpoints = {
            name: self._endpoint(PROVIDERS[name], held)
            for name, held in self.access.items()
        }

    @property
    def names(self) -> Iterable[str]:
        return self.access.keys()

    @property
    def credit_limits(self) -> Mapping[str, float]:
        """Of those that have one."""
        return {
            name: access.credit_limit
            for name, access in self.access.items()
            if access.credit_limit is not None
        }

    def provider(self, name: str) -> Provider:
        """Raises UnsupportedRequest for a name that nobody knows, AuthenticationError for a vendor without a key."""
        if name not in self.access:
            check_provider(name)
            raise AuthenticationError(
                f"{name}: this client has no key for it; set {key_variable(name)}, or pass one",
                provider=name,
            )
        return PROVIDERS[name]

    def submit_limits(self, name: str) -> Sequence[Limit]:
        return self._limits(name, PROVIDERS[name].images.id)

    def poll_limits(self, name: str) -> Sequence[Limit]:
        return self._limits(name, PROVIDERS[name].status.id)

    def masked_endpoint(self, name: str) -> Endpoint:
        """As it is shown to people."""
        return self._endpoint(
            PROVIDERS[name], replace(self.access[name], api_key="***")
        )

    def _limits(self, name: str, operation_id: str) -> Sequence[Limit]:
        return PROVIDERS[name].spec.limits(operation_id, self.access[name].tier)

    def _endpoint(self, provider: Provider, access: Access) -> Endpoint:
        return Endpoint(
            provider.name,
            self.servers[provider.name].url,
            {**provider.auth(access.api_key), "User-Agent": USER_AGENT},
            access.api_key,
            provider.at.headers,
        )
