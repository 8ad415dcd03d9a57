"""Proxies and certificates of the environment: as httpx reads them, and an error only where they are needed."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    Access,
    Artifact,
    DownloadError,
    ImageRequest,
    NetworkError,
    PollPolicy,
    State,
    Task,
)
from imagetasks._http import environment
from imagetasks._http.environment import Proxies, UnusableEnvironment
from support.broken_server import TlsServer, answer, broken_server
from support.drivers import OVER_SOCKETS
from support.tasks import XING, body

QUICK = PollPolicy(outage=0, jitter=0)
HOSTS = ("vendor.example", "a.vendor.example", "10.1.2.3", "[fd00::1]")
PROXY_TEXTS = ("127.0.0.1:3128", "http://proxy.example", "https://u:p@proxy.example:1")
EXCEPTIONS = (
    "",
    "*",
    "vendor.example",
    ".vendor.example",
    "*.vendor.example",
    "10.1.2.3",
    "fd00::1",
    "https://vendor.example",
    "vendor.example:8080",
    "localhost, a.vendor.example",
)


@given(
    st.dictionaries(
        st.sampled_from(["http_proxy", "HTTPS_PROXY", "all_proxy", "https_proxy"]),
        st.sampled_from(PROXY_TEXTS),
    ),
    st.sampled_from(EXCEPTIONS),
    st.sampled_from(["http", "https"]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ":8080"]),
)
def test_the_proxy_is_the_one_that_httpx_would_take(
    proxies: dict[str, str], exceptions: str, scheme: str, host: str, port: str
) -> None:
    url = httpx.URL(f"{scheme}://{host}{port}/x")
    with patch.dict(os.environ, {**proxies, "no_proxy": exceptions}, clear=True):
        chosen = Proxies().for_url(url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with httpx.Client(verify=context) as client:
            transport = client._transport_for_url(url)
            is_direct = transport is client._transport
    assert (chosen is None) == is_direct
    if chosen is not None:
        assert isinstance(transport, httpx.HTTPTransport)
        theirs = transport._pool._proxy_url  # type: ignore[attr-defined]
        assert theirs.host == chosen.url.raw_host
        assert theirs.scheme == chosen.url.raw_scheme
        assert theirs.port == chosen.url.port


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.1", "[::1]", "a.localhost", "LOCALHOST."]
)
def test_this_machine_is_never_asked_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("all_proxy", "nonsense://")
    assert Proxies().for_url(httpx.URL(f"http://{host}:8000/")) is None


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        ("all_proxy", "socks5://127.0.0.1:1", r"ALL_PROXY.*httpx\[socks\]"),
        ("https_proxy", "socks5h://127.0.0.1:1", r"HTTPS_PROXY.*socks"),
        ("http_proxy", "socks://127.0.0.1:1", "HTTP_PROXY.*'socks'"),
        ("http_proxy", "ftp://u:secret@127.0.0.1:1", "HTTP_PROXY.*'ftp'"),
        ("all_proxy", "http://u:secret@[bad:1", "ALL_PROXY"),
        ("all_proxy", "http://u:secret@host:99999999", "ALL_PROXY"),
    ],
)
def test_an_unusable_proxy_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, words: str
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(variable, text)
    scheme = "https" if variable == "https_proxy" else "http"
    with pytest.raises(UnusableEnvironment, match=words) as caught:
        Proxies().for_url(httpx.URL(f"{scheme}://vendor.example"))
    assert "secret" not in str(caught.value)


def test_an_exception_that_nobody_can_read_counts_only_beside_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("no_proxy", "[::1],vendor.example")
    assert Proxies().for_url(httpx.URL("http://other.example")) is None
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    proxies = Proxies()
    assert proxies.for_url(httpx.URL("http://vendor.example")) is None
    with pytest.raises(UnusableEnvironment, match="NO_PROXY"):
        proxies.for_url(httpx.URL("http://other.example"))


UNUSABLE = {
    "SOCKS without its package": {"all_proxy": "socks5://127.0.0.1:1"},
    "SOCKS by name": {"all_proxy": "socks5h://127.0.0.1:1"},
    "no scheme that is known": {"http_proxy": "socks://127.0.0.1:1"},
    "no URL": {"http_proxy": "http://[bad"},
}


@OVER_SOCKETS
@pytest.mark.parametrize("settings", UNUSABLE.values(), ids=UNUSABLE)
def test_a_submit_over_an_unusable_proxy_is_an_error_and_was_not_sent(
    driver, monkeypatch, journal_file: Path, settings
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    access = {XING: Access("key", "http://vendor.example")}
    client = driver(access, journal=journal_file)
    with pytest.raises(NetworkError, match="_PROXY") as caught:
        client.submit(XING, ImageRequest("x"))
    assert not caught.value.sent
    assert not caught.value.retryable
    assert client.resume_all(timeout=1) == []


@pytest.mark.parametrize("settings", UNUSABLE.values(), ids=UNUSABLE)
def test_a_download_over_an_unusable_proxy_says_so_at_once(
    driver, clock, monkeypatch, tmp_path: Path, settings
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    client = driver({XING: "key"}, allow_hosts=["cdn.example"], clock=clock)
    picture = Artifact(kind="image", url="http://cdn.example/1.png")
    done = Task(provider=XING, id="1", state=State.SUCCEEDED, artifacts=(picture,))
    with pytest.raises(DownloadError, match="_PROXY"):
        client.download(done, tmp_path)
    assert clock.slept == []


# Certificates


@OVER_SOCKETS
@pytest.mark.parametrize("content", [None, b"", b"nonsense"])
def test_certificates_that_cannot_be_read_matter_to_https_only(
    driver, monkeypatch, tmp_path: Path, content: bytes | None
) -> None:
    monkeypatch.setattr(environment, "_tls", [])
    named = tmp_path / "certificates.pem"
    if content is not None:
        named.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    with broken_server(answer(body("processing"))) as server:
        http = driver({XING: Access("key", server.url)})
        assert http.fetch(XING, "image_1").state is State.RUNNING
    https = driver({XING: Access("key", "https://127.0.0.1:1")})
    with pytest.raises(NetworkError, match="SSL_CERT_FILE") as caught:
        https.submit(XING, ImageRequest("x"))
    assert not caught.value.sent


@pytest.fixture
def self_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    """A server whose certificate is its own authority, and is trusted."""
    monkeypatch.setattr(environment, "_tls", [])
    try:
        server = TlsServer(tmp_path, answer(body("processing")), signs_itself=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("certificates are made with the command of OpenSSL 3")
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    yield server
    server.close()


@OVER_SOCKETS
def test_a_trusted_certificate_that_signs_itself_is_good(
    driver, self_signed: TlsServer
) -> None:
    client = driver({XING: Access("key", self_signed.url)})
    for _ in range(2):
        assert client.fetch(XING, "image_1").state is State.RUNNING


@OVER_SOCKETS
def test_a_certificate_that_nobody_trusts_is_an_error_and_nothing_was_sent(
    driver, self_signed: TlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    client = driver({XING: Access("key", self_signed.url)}, policy=QUICK)
    with pytest.raises(NetworkError, match="certificate") as caught:
        client.submit(XING, ImageRequest("x"))
    assert not caught.value.sent
    assert self_signed.requests == []


@pytest.mark.parametrize("content", [None, b""])
def test_a_download_names_the_certificates_that_cannot_be_read(
    driver, clock, monkeypatch, tmp_path: Path, content: bytes | None
) -> None:
    monkeypatch.setattr(environment, "_tls", [])
    named = tmp_path / "certificates.pem"
    if content is not None:
        named.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(named))
    client = driver({XING: "key"}, clock=clock)
    picture = Artifact(kind="image", url="https://cdn.example/1.png")
    done = Task(provider=XING, id="1", state=State.SUCCEEDED, artifacts=(picture,))
    with pytest.raises(DownloadError, match="SSL_CERT_FILE"):
        client.download(done, tmp_path)
    assert clock.slept == []
