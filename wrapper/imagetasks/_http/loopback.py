"""Whether a host is this machine."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from .._httpx import URL


def is_local(host: str) -> bool:
    """Whether a host says of itself that it is this machine."""
    address = as_address(host)
    return host == "localhost" if address is None else address.is_loopback


def as_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is, in any spelling that a resolver takes; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:  # 127.1, 0x7f.0.0.1, 2130706433
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def host_of(url: URL) -> str:
    """As it is looked up: what is not ASCII is encoded, and may have turned into digits."""
    return plain(url.raw_host.decode("ascii"))


def plain(host: str) -> str:
    return host.lower().removesuffix(".")
