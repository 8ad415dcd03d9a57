"""Where results may come from: a vendor's URL must not reach into the network that it is downloaded in."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import Access, Client, DownloadError
from imagetasks._http.connecting import ConnectingBackend
from imagetasks._results.hosts import is_public
from support.broken_server import answer, broken_server
from support.result_hosts import PNG, URL, XING, Hosts, Names, picture, task
from support.table import table

PNG_FILE = answer(PNG)
NOT_PUBLIC = [
    "127.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",  # carrier-grade NAT
    "100.100.100.200",  # metadata at Alibaba
    "168.63.129.16",  # Azure's platform
    "169.254.169.254",  # metadata at most clouds
    "192.0.0.192",  # metadata at Oracle
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",  # NAT64 of 10.0.0.1
    "64:ff9b:1::808:808",  # NAT64 of a network's own
    "2001:0:7f00:1::",  # Teredo
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "fc00::1",
    "fd00:ec2::254",  # metadata at AWS
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808", "2002:808:808::"]


@table(
    "url",
    [
        "http://cdn.example.com/1.png",
        "http://10.0.0.1/1.png",
        "http://169.254.169.254/latest/meta-data",
        "https://127.1/1.png",
        "https://0x7f000001/1.png",
        "https://2130706433/1.png",
        "https://\uff11\uff12\uff17.0.0.1/1.png",
        "http://127.0.0.1/1.png",
        "http://localhost/1.png",
        "https://LOCALHOST./1.png",
        "http://localhost.example.com/1.png",
        "ftp://cdn.example.com/1.png",
        "file:///etc/passwd",
        "https://",
        "https:///1.png",
        "http://[::1",
        "https://cdn.example.com:99999/1.png",
        *(f"https://[{a}]/1.png" for a in NOT_PUBLIC if ":" in a),
        *(f"https://{a}/1.png" for a in NOT_PUBLIC if ":" not in a),
    ],
)
def test_what_is_not_https_to_a_public_host_is_refused_unasked(
    connect, tmp_path: Path, url: str
) -> None:
    host = Hosts({})
    with pytest.raises(DownloadError, match="refused") as caught:
        connect(host).download(task(URL, url), tmp_path / "out")
    assert host.requests == []
    assert caught.value.task.id == "image_1"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_is_refused_for_what_it_resolves_to(
    driver, names: Names, tmp_path: Path, address: str
) -> None:
    """One bad address among good ones is enough. A literal is good or bad by itself."""
    names.add("cdn.example.com", ["8.8.8.8", address])
    with pytest.raises(DownloadError, match="which is no public address"):
        driver({XING: "key"}).download(task(URL), tmp_path)
    assert names.asked == ["cdn.example.com"]
    assert list(tmp_path.iterdir()) == []


def test_which_addresses_are_public() -> None:
    assert [a for a in NOT_PUBLIC if is_public(ip_address(a))] == []
    assert [a for a in PUBLIC if is_public(ip_address(a))] == PUBLIC


@given(st.ip_addresses(v=4), st.integers(0, 2**80 - 1))
def test_an_address_that_stands_for_another_is_as_public_as_that(
    address: IPv4Address, rest: int
) -> None:
    for stands_for_it in (
        (0xFFFF << 32) | int(address),
        (0x64FF9B << 96) | int(address),
        (0x2002 << 112) | (int(address) << 80) | rest,
    ):
        assert is_public(IPv6Address(stands_for_it)) == is_public(address)


def test_the_name_is_resolved_once_and_that_address_is_connected_to(
    driver, names: Names, tmp_path: Path
) -> None:
    """DNS rebinding: a second lookup would give what nobody looked at."""
    names.add("cdn.example.com", ["127.0.0.1"], ["192.0.2.1"])
    with broken_server(PNG_FILE) as server:
        url = server.url.replace("127.0.0.1", "cdn.example.com")
        client = driver({XING: "key"}, allow_hosts=["cdn.example.com"])
        assert client.download(task(f"{url}/1.png"), tmp_path)
        assert names.asked == ["cdn.example.com"]
        host = url.removeprefix("http://").encode()
        assert b"\r\nhost: " + host in server.requests[0].lower()


def test_the_addresses_are_tried_in_order(driver, names: Names, tmp_path: Path) -> None:
    names.add("cdn.example.com", ["127.0.0.2", "::1", "127.0.0.1"])
    with broken_server(PNG_FILE) as server:
        url = server.url.replace("127.0.0.1", "cdn.example.com")
        client = driver({XING: "key"}, allow_hosts=["cdn.example.com"])
        assert client.download(task(f"{url}/1.png"), tmp_path)


def test_what_was_checked_is_what_is_connected_to(names: Names) -> None:
    names.add("cdn.example.com", ["127.0.0.1"], ["127.0.0.2"])
    seen: list[object] = []
    with broken_server(PNG_FILE) as server:
        backend = ConnectingBackend(lambda *what: seen.append(what))
        port = int(server.url.rpartition(":")[2])
        stream = backend.connect_tcp("cdn.example.com", port)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", port)
        stream.close()
    assert seen == [("cdn.example.com", port, ["127.0.0.1"])]


def test_a_vendor_s_own_results_come_from_its_base_url(
    driver, clock, names: Names, tmp_path: Path
) -> None:
    """A mock under another name, as in compose: at that scheme, host and port, also by a redirect, and nowhere else."""
    names.add("mock", ["127.0.0.1"])
    with broken_server(PNG_FILE) as server, broken_server(PNG_FILE) as neighbour:
        url, beside = (
            each.url.replace("127.0.0.1", "mock") for each in (server, neighbour)
        )
        moved = answer({}, status="302 Found", headers="Location: /2.png\r\n")
        with broken_server(moved, PNG_FILE) as redirecting:
            there = redirecting.url.replace("127.0.0.1", "mock")
            client = driver({XING: Access("key", f"{there}/api")}, clock=clock)
            assert client.download(task(f"{there}/1.png", id="moved"), tmp_path)
        access = {XING: Access("key", f"{url}/api"), "akool": "key"}
        client = driver(access, clock=clock)
        assert client.download(task(f"{url}/1.png"), tmp_path)
        elsewhere = [
            task(f"{beside}/1.png"),
            task(f"{beside.replace('http:', 'https:')}/1.png"),
            task(f"{url}/1.png", provider="akool"),
        ]
        for refused in elsewhere:
            with pytest.raises(DownloadError, match="refused"):
                client.download(refused, tmp_path / "elsewhere")
        assert neighbour.requests == []


def test_tls_is_with_the_name_and_not_with_its_address(
    driver, clock, names: Names, tls_server, tmp_path: Path, monkeypatch
) -> None:
    """The certificate of this server is good for 127.0.0.1, and for nothing else."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls_server.authority))
    names.add("cdn.example.com", ["127.0.0.1"])
    hosts = ("cdn.example.com", "127.0.0.1")
    client = driver({XING: "key"}, allow_hosts=hosts, clock=clock)
    with pytest.raises(DownloadError, match="JSON came"):  # all that this server says
        client.download(task(f"{tls_server.url}/1.png"), tmp_path)
    url = tls_server.url.replace("127.0.0.1", "cdn.example.com")
    with pytest.raises(DownloadError, match=r"not valid for 'cdn\.example\.com'"):
        client.download(task(f"{url}/1.png"), tmp_path)


@table(
    "failure", [socket.gaierror(-2, "Name or service not known"), UnicodeError("long")]
)
def test_a_name_that_nobody_knows_is_a_download_error(
    driver, clock, tmp_path: Path, monkeypatch, failure
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(DownloadError, match="ConnectError"):
        driver({XING: "key"}, clock=clock).download(task(URL), tmp_path)


# This machine


@table("name", ["127.0.0.1", "localhost"])
def test_a_vendor_on_this_machine_has_its_results_here(
    driver, tmp_path: Path, name
) -> None:
    with broken_server(PNG_FILE) as server:
        here = Access("key", server.url.replace("127.0.0.1", name))
        client = driver({XING: here, "akool": "key"})
        assert client.download(task(f"{server.url}/1.png"), tmp_path)
        elsewhere = task(f"{server.url}/1.png", provider="akool")
        with pytest.raises(DownloadError, match="on this machine"):
            client.download(elsewhere, tmp_path)
        assert len(server.requests) == 1


def test_localhost_that_is_elsewhere_is_refused(
    driver, names: Names, tmp_path: Path
) -> None:
    names.add("localhost", ["10.0.0.1"])
    client = driver({XING: Access("key", "http://127.0.0.1:1")})
    with pytest.raises(DownloadError, match="is not this machine"):
        client.download(task("http://localhost:1/1.png"), tmp_path)


# Hosts that the user allows


@table("allowed", ["127.0.0.1", "localhost", "LocalHost."])
def test_an_allowed_host_may_be_private_and_without_tls(
    driver, tmp_path: Path, allowed
) -> None:
    with broken_server(PNG_FILE) as server:
        host = allowed.lower().rstrip(".")
        url = server.url.replace("127.0.0.1", host)
        client = driver({XING: "key"}, allow_hosts=(allowed,))
        assert client.download(task(f"{url}/1.png"), tmp_path)


def test_allowed_is_what_is_named_and_nothing_else(connect, tmp_path: Path) -> None:
    url = "http://10.1.2.3/1.png"
    client = connect(Hosts({url: picture()}), allow_hosts=("10.1.2.3", "fd00::1"))
    assert client.download(task(url), tmp_path)
    for other in ("http://10.1.2.4/", "http://a.10.1.2.3.example/", "http://cdn.x/"):
        with pytest.raises(DownloadError, match="refused"):
            client.download(task(other), tmp_path)


def test_an_allowed_address_does_not_allow_names_for_it(
    driver, names: Names, tmp_path: Path
) -> None:
    names.add("cdn.example.com", ["10.1.2.3"])
    client = driver({XING: "key"}, allow_hosts=("10.1.2.3",))
    with pytest.raises(DownloadError, match="no public address"):
        client.download(task(URL), tmp_path)


@table(
    "host",
    ["", "https://a.example", "a.example:80", "a.example/x", "*.example", "u@a", "a b"],
)
def test_what_is_no_host_cannot_be_allowed(driver, host) -> None:
    with pytest.raises(ValueError, match="allow_hosts"):
        driver({XING: "key"}, allow_hosts=(host,))


def test_one_text_is_no_list_of_hosts(driver) -> None:
    with pytest.raises(TypeError, match="allow_hosts"):
        driver({XING: "key"}, allow_hosts="images.corp.example")


def test_hosts_are_allowed_for_the_environments_keys_too(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", "key")
    with broken_server(PNG_FILE) as server:
        with Client.from_env(allow_hosts=("127.0.0.1",)) as client:
            assert client.download(task(f"{server.url}/1.png"), tmp_path)


# Redirects


def to(location: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": location})


@table("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(connect, tmp_path: Path, status) -> None:
    files = "https://files.example.com/a/2.png"
    host = Hosts(
        {
            URL: to("/moved", status),
            "https://cdn.example.com/moved": to(files),
            files: picture(),
        }
    )
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert len(host.requests) == 3


def test_redirects_end(connect, tmp_path: Path) -> None:
    host = Hosts({URL: to(URL)})
    with pytest.raises(DownloadError, match="more than 5 times"):
        connect(host).download(task(URL), tmp_path)
    assert len(host.requests) == 6


@table(
    "location",
    [
        "http://cdn.example.com/1.png",
        "https://10.0.0.1/1.png",
        "https://[fd00:ec2::254]/latest",
        "http://169.254.169.254/latest",
        "http://127.0.0.1/1.png",
        "https://127.0.0.1/1.png",
        "https://localhost/1.png",
        "//localhost/1.png",
        "ftp://cdn.example.com/1.png",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
@table("options", [{}, {"allow_hosts": ("127.0.0.1", "localhost")}])
def test_a_redirect_leads_nowhere_that_a_url_could_not(
    connect, tmp_path: Path, location, options
) -> None:
    """Not from outside to this machine, whatever is allowed; and not out of TLS."""
    host = Hosts({URL: to(location)})
    with pytest.raises(DownloadError, match="refused"):
        connect(host, **options).download(task(URL), tmp_path)
    assert len(host.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_name_that_a_redirect_leads_to_is_looked_at_as_well(
    driver, names: Names, tmp_path: Path
) -> None:
    names.add("cdn.example.com", ["10.0.0.1"])
    moved = answer(b"", status="302 Found", headers=f"Location: {URL}\r\n")
    with broken_server(moved) as server:
        client = driver({XING: Access("key", server.url)})
        with pytest.raises(DownloadError, match=r"is at 10\.0\.0\.1"):
            client.download(task(f"{server.url}/1.png"), tmp_path)


def test_on_this_machine_a_redirect_may_stay(driver, tmp_path: Path) -> None:
    with broken_server(PNG_FILE) as files:
        moved = f"Location: {files.url}/x\r\n"
        with broken_server(answer(b"", status="307 To", headers=moved)) as server:
            client = driver({XING: Access("a-secret-key", server.url)})
            assert client.download(task(f"{server.url}/1.png"), tmp_path)
        assert b"a-secret-key" not in files.requests[0]


# Where names are not ours to resolve


def test_a_proxy_resolves_names_and_literals_are_refused_all_the_same(
    driver, names: Names, tmp_path: Path, monkeypatch
) -> None:
    with broken_server(PNG_FILE) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        names.add("images.corp.example", ["10.0.0.1"])
        client = driver({XING: "key"}, allow_hosts=("images.corp.example",))
        url = "http://images.corp.example/1.png"
        assert client.download(task(url), tmp_path)
        assert names.asked == []
        assert proxy.requests[0].startswith(f"GET {url} ".encode())
        with pytest.raises(DownloadError, match="no public address"):
            client.download(task("https://10.0.0.1/1.png"), tmp_path)
        assert len(proxy.requests) == 1
