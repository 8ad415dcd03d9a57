"""Proxies of the environment: every request and download takes the way that httpx takes, over each transport."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from imagetasks import Access, DownloadError, ImageRequest, NetworkError
from support.broken_server import BrokenServer, TlsServer, answer
from support.drivers import OVER_SOCKETS
from support.proxies import Proxy
from support.result_hosts import PNG, task
from support.tasks import XING, body, created

Behind = Callable[[str], tuple[BrokenServer, Proxy]]
Use = Callable[[Any, str, Path], None]


def fetch(driver: Any, origin: str, folder: Path) -> None:
    driver({XING: Access("key", origin)}).fetch(XING, "image_1")


def submit(driver: Any, origin: str, folder: Path) -> None:
    driver({XING: Access("key", origin)}).submit(XING, ImageRequest("x"))


def download(driver: Any, origin: str, folder: Path) -> None:
    # Its vendor is at the same place, so that a private one may have its results there.
    client = driver({XING: Access("key", origin)})
    client.download(task(f"{origin}/1.png"), folder, timeout=5)


ANSWERS = {fetch: body("processing"), submit: created(), download: PNG}
USES = pytest.mark.parametrize("use", ANSWERS, ids=lambda use: use.__name__)


@pytest.fixture
def behind(
    use: Use, tls_server: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Behind]:
    """What answers as the vendor for http or https, and the proxy that leads there."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.authority))
    behave = answer(ANSWERS[use], headers="Connection: close\r\n")
    tls_server.behave(behave)
    made: list[BrokenServer] = []

    def make(scheme: str) -> tuple[BrokenServer, Proxy]:
        server = tls_server if scheme == "https" else BrokenServer(behave)
        made.extend((server, proxy := Proxy(server, tls_server.context)))
        return server, proxy

    yield make
    for server in made:
        server.close()


def way_of_httpx(url: str, proxy: Proxy) -> list[str]:
    with httpx.Client() as client:
        client.get(url)
    asked, proxy.asked = proxy.asked, []
    return asked


SETTINGS = {
    "no scheme": ({"{scheme}_proxy": "{address}"}, "http"),
    "http": ({"{scheme}_proxy": "http://{address}"}, "http"),
    "https": ({"{scheme}_proxy": "https://{address}"}, "https"),
    "all, no scheme": ({"all_proxy": "{address}"}, "http"),
    "socks5": ({"all_proxy": "socks5://{address}"}, "socks5"),
    "socks5h": ({"all_proxy": "socks5h://{address}"}, "socks5"),
    "its own before all": (
        {"all_proxy": "http://127.0.0.1:1", "{scheme}_proxy": "{address}"},
        "http",
    ),
}


@USES
@OVER_SOCKETS
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("settings", "way"), SETTINGS.values(), ids=SETTINGS)
def test_a_proxy_is_asked_as_httpx_asks_it(
    driver, behind: Behind, monkeypatch, tmp_path: Path, use, scheme, settings, way
) -> None:
    if way == "socks5":
        pytest.importorskip("socksio")
    elif scheme == "https":
        way += ", tunnel"
    _, proxy = behind(scheme)
    for name, text in settings.items():
        monkeypatch.setenv(
            name.format(scheme=scheme), text.format(address=proxy.address)
        )
    origin = f"{scheme}://vendor.example"
    assert way_of_httpx(origin, proxy) == [way]
    use(driver, origin, tmp_path)
    assert proxy.asked == [way]


EXCEPTIONS = {
    "*": True,
    "{host}": True,
    "other.example, {host}": True,
    "{host}/8": True,
    "{host}:{port}": True,
    "http://{host}": True,
    "http://{host}:{port}": True,
    "all://{host}": True,
    "": False,
    "other.example": False,
    "{host}:1": False,
    "https://{host}": False,
    "1.{host}": False,
    ".{host}": False,
}
"""Of NO_PROXY: whether it holds for the host."""


@USES
@OVER_SOCKETS
@pytest.mark.skipif(sys.platform == "win32", reason="0.0.0.0 cannot be connected to")
@pytest.mark.parametrize(("exceptions", "is_direct"), EXCEPTIONS.items())
def test_no_proxy_is_read_as_httpx_reads_it(
    driver, behind: Behind, monkeypatch, tmp_path: Path, use, exceptions, is_direct
) -> None:
    server, proxy = behind("http")
    # This machine by an address that is none of its own: those are never asked through a proxy.
    host, port = "0.0.0.0", urlsplit(server.url).port
    monkeypatch.setenv("all_proxy", f"http://{proxy.address}")
    monkeypatch.setenv("no_proxy", exceptions.format(host=host, port=port))
    origin = f"http://{host}:{port}"
    way = [] if is_direct else ["http"]
    assert way_of_httpx(origin, proxy) == way
    server.requests.clear()
    use(driver, origin, tmp_path)
    assert proxy.asked == way
    assert server.requests


@USES
@OVER_SOCKETS
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("text", ["{address}", "socks5://{address}", "socks://x", "["])
def test_this_machine_is_asked_without_a_proxy(
    driver, behind: Behind, monkeypatch, tmp_path: Path, use, host, text
) -> None:
    server, proxy = behind("http")
    monkeypatch.setenv("all_proxy", text.format(address=proxy.address))
    use(driver, server.url.replace("127.0.0.1", host), tmp_path)
    assert proxy.asked == []


UNUSABLE = {
    "SOCKS without its package": ("socks5://127.0.0.1:1", r"httpx\[socks\]"),
    "SOCKS by name, without its package": ("socks5h://127.0.0.1:1", r"httpx\[socks\]"),
    "SOCKS of no version": ("socks://127.0.0.1:1", "ALL_PROXY"),
    "no scheme that is known": ("ftp://127.0.0.1:1", "ALL_PROXY"),
    "no URL": ("http://[bad", "ALL_PROXY"),
    "no port": ("http://127.0.0.1:99999", "ALL_PROXY"),
}


@USES
@OVER_SOCKETS
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("text", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_proxy_that_cannot_be_used_is_an_error_before_anything_is_sent(
    driver, monkeypatch, tmp_path: Path, use, scheme, text, words
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("all_proxy", text)
    with pytest.raises((NetworkError, DownloadError), match=words) as caught:
        use(driver, f"{scheme}://vendor.example", tmp_path)
    if isinstance(caught.value, NetworkError):
        assert not caught.value.sent
        assert not caught.value.retryable
