"""What the mock sends by itself, and to whom: nobody but this machine, unless told so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from ipaddress import ip_address

import httpx

TIMEOUT = 10.0
"""Real seconds for one exchange as a whole."""
AT_ONCE = 20
"""Exchanges with one receiver. Others do not wait for it, however slow it is."""


class Outbound:
    """Slow to import and to make: a mock that sends nothing has none."""

    def __init__(self, hosts: Collection[str]) -> None:
        self._hosts = {host.lower() for host in hosts}
        # A transport with no client on top follows no redirect, knows no proxy, keeps no cookie,
        # and finds no password in .netrc. A connection that is kept may be closed by the
        # receiver just when it is used again.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._slots: dict[bytes, asyncio.Semaphore] = {}
        self._transport = httpx.AsyncHTTPTransport(limits=limits, trust_env=False)

    def objection(self, url: str) -> str | None:
        """
        Why nothing is sent there. The host is read by what would send to it, and looked at as it
        is written: no name is resolved.
        """
        try:
            parsed = httpx.URL(url)
            host = parsed.host
        except (httpx.InvalidURL, ValueError) as error:
            return f"it is no URL: {error}"
        if parsed.scheme not in ("http", "https") or not host:
            return "it is no http(s) URL"
        if _is_loopback(host) or host in self._hosts:
            return None
        return f"{host} is neither this machine nor one of webhook_hosts"

    async def post(self, url: str, body: bytes) -> tuple[int | None, str | None]:
        """The HTTP status of the answer, or why there is none."""
        headers = {"content-type": "application/json"}
        try:
            request = httpx.Request("POST", url, content=body, headers=headers)
            receiver = request.url.netloc
            slot = self._slots.setdefault(receiver, asyncio.Semaphore(AT_ONCE))
            async with slot, asyncio.timeout(TIMEOUT):
                answer = await self._transport.handle_async_request(request)
                async for _ in answer.aiter_raw():
                    pass
        except TimeoutError:
            return None, f"no answer within {TIMEOUT:g} s"
        except Exception as error:
            # Of all kinds: an odd URL, as with a port that is none, must not end the reports.
            return None, str(error) or type(error).__name__
        return answer.status_code, None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
