"""Whether a request may steer the mock, or is of a page of another site, in a browser beside it."""

from __future__ import annotations

from ipaddress import ip_address

from ..http.requests import Request


def cross_site_reason(request: Request, own_host: str) -> str | None:
    """
    None for a request that may. A browser says where a page is from; only where the page's own
    name was made to lead here (DNS rebinding) that is of no use, and the name itself has to tell.
    """
    host = request.headers.get("host", "")  # no browser leaves it out
    if not _is_own(_name(host), own_host):
        return f"{host} is none of this server's names: an address, localhost, or its --host"
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "a page of another site asks"
    origin = request.headers.get("origin")
    if origin is not None and origin.rpartition("://")[2] != host:
        return f"a page of {origin} asks"
    return None


def _name(host: str) -> str:
    """Without the port."""
    name, _, _ = host.removeprefix("[").partition("]" if host[:1] == "[" else ":")
    return name.lower()


def _is_own(name: str, own_host: str) -> bool:
    # None of these can be had in the public DNS: a container's name, app.localhost, host.docker.internal.
    if "." not in name or name.endswith((".localhost", ".internal")):
        return True
    if name == own_host.lower():
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
