"""Where a result may come from. URLs are the vendor's text, and a vendor's text must not reach into this network."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from .._access import Access
from .._http.loopback import as_address, host_of, is_local, plain
from .._httpx import URL, InvalidURL

NAT64 = IPv6Network("64:ff9b::/96")
BESIDES = (
    # For protocols; Python 3.11 and 3.12 took parts of it for public at first. Oracle's metadata is in it.
    IPv4Network("192.0.0.0/24"),
    # Azure's platform services: public by the number only.
    IPv4Network("168.63.129.16/32"),
)
"""What is not public either, whatever Python says."""


class Refused(Exception):
    """A host that must not be reached; its text says why."""


class Hosts:
    """
    Public hosts over https, those that the user allows, and this machine for a vendor that is on it: a mock.

    What the user allows by name or address may be private, and without TLS; so may a vendor's own results, at the scheme,
    host and port of its `base_url`. `local` are the providers on this machine.
    """

    def __init__(
        self,
        allowed: Collection[str] = (),
        *,
        local: Collection[str] = (),
        base_urls: Mapping[str, str] | None = None,
    ) -> None:
        if isinstance(allowed, str):
            raise TypeError(
                "allow_hosts is a tuple of host names or addresses, not one text"
            )
        self._allowed = frozenset(map(_host, allowed))
        self._local = frozenset(local)
        self._own = {
            provider: _origin(URL(url)) for provider, url in (base_urls or {}).items()
        }
        self._own_ports = {(host, port) for _, host, port in self._own.values()}

    @classmethod
    def of(cls, allowed: Collection[str], access: Mapping[str, Access]) -> Hosts:
        base_urls = {
            provider: held.base_url
            for provider, held in access.items()
            if held.base_url
        }
        local = [
            provider
            for provider, url in base_urls.items()
            if is_local(host_of(URL(url)))
        ]
        return cls(allowed, local=local, base_urls=base_urls)

    def start(self, text: str, *, provider: str) -> URL:
        """The URL of a result. Raises Refused."""
        url = _parse(text)
        if self._own.get(provider) == _origin(url):
            return url
        is_this_machine = is_local(host_of(url))
        if is_this_machine and not (
            provider in self._local or host_of(url) in self._allowed
        ):
            raise Refused("it is on this machine, and the vendor is not")
        self._check(url)
        return url

    def follow(self, url: URL, location: str) -> URL:
        """Where a redirect leads to. Raises Refused: none leads from outside to this machine, and none out of TLS."""
        try:
            target = _parse(str(url.join(location)))
        except InvalidURL:
            raise Refused("it is redirected to what is no URL") from None
        if _origin(target) == _origin(url):
            return target
        if is_local(host_of(target)) and not is_local(host_of(url)):
            raise Refused("it is redirected to this machine")
        if (url.scheme, target.scheme) == ("https", "http") and not is_local(
            host_of(target)
        ):
            raise Refused("it is redirected from https to http")
        self._check(target)
        return target

    def check_addresses(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Look at all that a name resolved to. Raises Refused."""
        if plain(host) in self._allowed or (plain(host), port) in self._own_ports:
            return
        here = is_local(plain(host))
        for address in map(ip_address, addresses):
            if here and not address.is_loopback:
                raise Refused(f"{host} is not this machine, but {address}")
            if not here and not is_public(address):
                raise Refused(f"{host} is at {address}, which is no public address")

    def _check(self, url: URL) -> None:
        host = host_of(url)
        if host in self._allowed or is_local(host):
            return
        if url.scheme != "https":
            raise Refused(f"{url.scheme} is not https")
        address = as_address(host)
        if address is not None and not is_public(address):
            raise Refused(f"{host} is no public address")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is somewhere in the internet; an IPv6 address that stands for an IPv4 one is as public as that."""
    if isinstance(address, IPv6Address):
        if (inner := _embedded(address)) is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in BESIDES)
    )


def _origin(url: URL) -> tuple[str, str, int]:
    """Scheme, host and port, the port also where the scheme says it."""
    return url.scheme, host_of(url), url.port or (443 if url.scheme == "https" else 80)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _parse(text: str) -> URL:
    try:
        url = URL(text)
        is_port = url.port is None or 0 < url.port < 2**16
        if url.scheme in ("http", "https") and url.host and is_port:
            return url
    except (InvalidURL, UnicodeError, ValueError):
        pass
    raise Refused("it has no URL of https")


def _host(text: str) -> str:
    """One of the user's hosts, as URLs have it. Raises ValueError."""
    bare = text.removeprefix("[").removesuffix("]")
    try:
        host = host_of(URL(f"https://[{bare}]" if ":" in bare else f"https://{text}"))
    except (InvalidURL, UnicodeError, ValueError):
        host = ""
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host) or set("/?#@%") & set(text):
        raise ValueError(
            f"allow_hosts takes host names and addresses, such as images.corp.example, not {text!r}"
        )
    return host
