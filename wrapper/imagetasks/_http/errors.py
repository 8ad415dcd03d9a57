"""Failures of the transport, as the library's own error."""

from __future__ import annotations

import httpcore
import httpx
from httpx import DecodingError

from .._errors import NetworkError
from .environment import UnusableEnvironment

__all__ = [
    "BROKEN_BODY",
    "NEVER_CONNECTED",
    "TRANSPORT_ERRORS",
    "DecodingError",
    "TryHttpx",
    "error_of_network",
]

TRANSPORT_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    TimeoutError,
)
"""All that a transport raises when an exchange fails. Anything else, once a request has left, is a fault in the program."""

BROKEN_BODY = (
    httpx.DecodingError,
    httpx.RemoteProtocolError,
    httpcore.RemoteProtocolError,
)

NEVER_CONNECTED = (
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
"""What a transport raises only when there was no connection, so that nothing was sent."""


class TryHttpx(httpx.ConnectError):
    """
    The extra `fast` could not connect, httpx may: it trusts a certificate that signs itself, speaks to SOCKS proxies with
    its package, and tries the next address of a name after 250 ms. Nothing was sent.
    """


def error_of_network(provider: str, cause: Exception, *, sent: bool) -> NetworkError:
    """
    A failure of the transport. What none raises does not get better by trying again: a fault before anything has left.
    """
    error = NetworkError(
        f"{provider}: {_words_of_failure(cause)}", provider=provider, sent=sent
    )
    error.retryable = isinstance(cause, TRANSPORT_ERRORS)
    return error


def _words_of_failure(cause: Exception) -> str:
    words = " ".join(str(cause).split())
    if isinstance(cause, UnusableEnvironment):
        return words
    return f"{type(cause).__name__}{f': {words}' if words else ''}"
