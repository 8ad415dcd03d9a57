"""Failures of the transport, as the library's own error."""

from __future__ import annotations

import httpcore
import httpx
from httpx import DecodingError

from .._errors import NetworkError

__all__ = ["BROKEN_BODY", "TRANSPORT_ERRORS", "DecodingError", "error_of_network"]


TRANSPORT_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)

BROKEN_BODY = (
    httpx.DecodingError,
    httpx.RemoteProtocolError,
    httpcore.RemoteProtocolError,
)


def error_of_network(provider: str, cause: Exception) -> NetworkError:
    """A failure of the transport. Only a connection that was never made proves that nothing arrived."""
    not_sent = (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.InvalidURL,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpcore.ConnectError,
        httpcore.ConnectTimeout,
        httpcore.PoolTimeout,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    )
    words = " ".join(str(cause).split())
    return NetworkError(
        f"{provider}: {type(cause).__name__}{f': {words}' if words else ''}",
        provider=provider,
        sent=not isinstance(cause, not_sent),
    )
