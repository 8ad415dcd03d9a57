"""
What the environment says of connections: its proxies, and the certificates that it trusts.

httpx's own functions read the proxies, so that this library and httpx never differ. They are private, and the range of
httpx's versions in pyproject.toml has them; a test compares what they choose with what an httpx client chooses.
"""

from __future__ import annotations

import os
import ssl
from importlib.util import find_spec

import httpx
from httpx._utils import URLPattern, get_environment_proxies

from .loopback import host_of, is_local

_tls: list[ssl.SSLContext] = []


class UnusableEnvironment(Exception):
    """A proxy or a file of certificates that the environment names cannot be used. Nothing was sent."""


class Proxies:
    """
    The proxies of the environment, as they are when this is made.

    A proxy that cannot be used is an error of those requests only that would go through it.
    """

    def __init__(self) -> None:
        self._unreadable: list[str] = []
        patterns: dict[URLPattern, str | None] = {}
        for text, proxy in get_environment_proxies().items():
            try:
                patterns[URLPattern(text)] = proxy
            except (httpx.InvalidURL, UnicodeError, ValueError):
                self._unreadable.append(text.removeprefix("all://").lstrip("*"))
        self._patterns = sorted(patterns.items())
        self._made: dict[str, httpx.Proxy] = {}

    def for_url(self, url: httpx.URL) -> httpx.Proxy | None:
        """
        The proxy for a URL, the same object each time; None for this machine. Raises UnusableEnvironment.
        """
        if not self._patterns or _is_this_machine(url):
            return None
        for pattern, proxy in self._patterns:
            if pattern.matches(url):
                return None if proxy is None else self._proxy(pattern, proxy)
        return None

    def _proxy(self, pattern: URLPattern, text: str) -> httpx.Proxy:
        if self._unreadable:
            raise UnusableEnvironment(
                f"NO_PROXY has an entry that cannot be read: {self._unreadable[0]!r}"
            )
        if text not in self._made:
            self._made[text] = _usable_proxy(
                text, variable=f"{pattern.scheme or 'all'}_proxy".upper()
            )
        return self._made[text]


def is_socks(proxy: httpx.Proxy | None) -> bool:
    return proxy is not None and proxy.url.scheme.startswith("socks")


def tls_context() -> ssl.SSLContext:
    """
    One for all clients: loading the certificates takes 20 to 100 ms.

    Raises UnusableEnvironment when those that the environment names cannot be read.
    """
    if not _tls:
        _check_certificate_folder()
        try:
            _tls.append(httpx.create_ssl_context())
        except (OSError, ValueError) as cause:
            raise UnusableEnvironment(_words_of_certificates(cause)) from cause
    return _tls[0]


def context_for(url: httpx.URL) -> ssl.SSLContext:
    """Over http no certificate is looked at, and none is loaded: the context trusts nobody."""
    if url.scheme == "https":
        return tls_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _check_certificate_folder() -> None:
    # OpenSSL looks into it during each handshake only, and then says that nobody is trusted.
    folder = os.environ.get("SSL_CERT_DIR")
    if not folder or os.environ.get("SSL_CERT_FILE"):
        return
    if not any(map(os.path.isdir, folder.split(os.pathsep))):
        raise UnusableEnvironment("SSL_CERT_DIR names no folder that exists")


def _usable_proxy(text: str, *, variable: str) -> httpx.Proxy:
    try:
        proxy = httpx.Proxy(text)
        proxy.url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        # Its text may hold a password.
        scheme = text.partition("://")[0]
        raise UnusableEnvironment(
            f"the proxy that {variable} names cannot be used: its scheme is {scheme!r}, "
            "and its address must be like http://host:port or socks5://host:port"
        ) from None
    host, port = proxy.url.host, proxy.url.port
    if (
        not host
        or ("%" in host and ":" not in host)
        or not (port is None or 0 < port < 2**16)
    ):
        raise UnusableEnvironment(
            f"the proxy that {variable} names has no good address"
        )
    if is_socks(proxy) and find_spec("socksio") is None:
        raise UnusableEnvironment(
            f"the SOCKS proxy that {variable} names needs the package socksio: pip install 'httpx[socks]'"
        )
    return proxy


def _is_this_machine(url: httpx.URL) -> bool:
    host = host_of(url)
    return is_local(host) or host.endswith(".localhost")


def _words_of_certificates(cause: Exception) -> str:
    why = getattr(cause, "strerror", None) or type(cause).__name__
    if os.environ.get("SSL_CERT_FILE"):
        return f"the certificates that SSL_CERT_FILE names cannot be read: {why}"
    return f"the certificates cannot be read: {why}"
