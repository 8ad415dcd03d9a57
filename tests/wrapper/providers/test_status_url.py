"""The address that a vendor answers: followed where it is the vendor's own, and the key goes nowhere else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imagetasks import Access, State, Task, TaskNotFound
from imagetasks._http.servers import Servers, server_url
from support.broken_server import answer, broken_server
from support.drivers import OVER_SOCKETS, Script
from support.table import table
from support.tasks import STEADY, TASK, XING, body, created
from vendors import VENDORS

OWN = VENDORS[XING].status_url.replace("task%2F1", "elsewhere?n=1")
USUAL = VENDORS[XING].status_url.replace("task%2F1", "image_1")
HOST = httpx.URL(OWN).host
FOLLOWING = replace(TASK, _status_url=OWN)

SERVERS = (
    {"url": "https://api.vendor.example/v1"},
    {
        "url": "https://{region}.jobs.vendor.example/v1",
        "variables": {"region": {"default": "eu"}},
    },
    {
        "url": "https://{tier}.vendor.example:8443",
        "variables": {"tier": {"default": "slow", "enum": ["slow", "fast.eu"]}},
    },
    {"url": "http://plain.vendor.example"},
)
DOCUMENTED = Servers(SERVERS)
GIVEN = Servers(SERVERS, "https://proxy.example:9000/vendor")
LOCAL = Servers(SERVERS, "http://[::1]:8765/vendor")

ITS_OWN = [
    (DOCUMENTED, "https://api.vendor.example/v1/jobs/7"),
    (DOCUMENTED, "https://api.vendor.example/"),
    (DOCUMENTED, "https://api.vendor.example:443/v2/jobs?id=7&x=%2F@"),
    (DOCUMENTED, "HTTPS://Api.Vendor.Example/v1/jobs/7"),
    (DOCUMENTED, "https://eu.jobs.vendor.example/v1"),
    (DOCUMENTED, "https://us-1.jobs.vendor.example/7"),
    (DOCUMENTED, "https://fast.eu.vendor.example:8443/7"),
    (GIVEN, "https://proxy.example:9000/vendor/jobs/7"),
    (LOCAL, "http://[::1]:8765/vendor/jobs/7"),
    (Servers(SERVERS, "http://127.0.0.1/x"), "http://127.0.0.1:80/x"),
    (Servers(SERVERS, "https://BÜCHER.example"), "https://xn--bcher-kva.example/7"),
]
NOT_ITS_OWN = [
    (DOCUMENTED, "http://api.vendor.example/v1/jobs/7"),
    (DOCUMENTED, "http://plain.vendor.example/7"),
    (DOCUMENTED, "//api.vendor.example/7"),
    (DOCUMENTED, "/v1/jobs/7"),
    (DOCUMENTED, "jobs/7"),
    (DOCUMENTED, ""),
    (DOCUMENTED, "https://api.vendor.example"),
    (DOCUMENTED, "https://api.vendor.example:8443/7"),
    (DOCUMENTED, "https://api.vendor.example:443:443/7"),
    (DOCUMENTED, "https://fast.eu.vendor.example/7"),
    (DOCUMENTED, "https://best.vendor.example:8443/7"),
    (DOCUMENTED, "https://key@api.vendor.example/7"),
    (DOCUMENTED, "https://:@api.vendor.example/7"),
    (DOCUMENTED, "https://api.vendor.example@evil.example/7"),
    (DOCUMENTED, "https://api.vendor.example:443@evil.example/7"),
    (DOCUMENTED, "https://api.vendor.example\\@evil.example/7"),
    (DOCUMENTED, "https://evil.example\\.vendor.example/7"),
    (DOCUMENTED, "https://evil.example/\\.jobs.vendor.example/7"),
    (DOCUMENTED, "https://evil.example#.jobs.vendor.example/7"),
    (DOCUMENTED, "https://evil.example?.jobs.vendor.example/7"),
    (DOCUMENTED, "https://evil.example/.jobs.vendor.example/7"),
    (DOCUMENTED, "https://a.b.jobs.vendor.example/7"),
    (DOCUMENTED, "https://.jobs.vendor.example/7"),
    (DOCUMENTED, "https://jobs.vendor.example/7"),
    (DOCUMENTED, "https://api.vendor.example.evil.example/7"),
    (DOCUMENTED, "https://api.vendor.example./7"),
    (DOCUMENTED, "https://api-vendor.example/7"),
    (DOCUMENTED, "https://evilapi.vendor.example/7"),
    (DOCUMENTED, "https://api.vendor.examp1e/7"),
    (DOCUMENTED, "https://\N{CYRILLIC SMALL LETTER A}pi.vendor.example/7"),
    (DOCUMENTED, "https://api.vendor\N{IDEOGRAPHIC FULL STOP}example/7"),
    (DOCUMENTED, "https://\N{LATIN SMALL LETTER LONG S}low.vendor.example:8443/7"),
    (DOCUMENTED, "https://api.vendor.example:\N{ARABIC-INDIC DIGIT FOUR}43/7"),
    (DOCUMENTED, "https://api.vendor.example/7\r\nHost: evil.example"),
    (DOCUMENTED, "https://api.vendor.example/7\n"),
    (DOCUMENTED, "\thttps://api.vendor.example/7"),
    (DOCUMENTED, "https://api.vendor.example/7 HTTP/1.1"),
    (DOCUMENTED, "https://api.vendor.example/\ud800"),
    (DOCUMENTED, "https://api.vendor.example/\0"),
    (DOCUMENTED, "https://api.vendor.example/" + "7" * 3000),
    (DOCUMENTED, "https://api.vendor.example/" + "7" * 3_000_000),
    (DOCUMENTED, "https:/api.vendor.example/7"),
    (DOCUMENTED, "https:///api.vendor.example/7"),
    (DOCUMENTED, "file://api.vendor.example/7"),
    (GIVEN, "https://api.vendor.example/v1/jobs/7"),
    (GIVEN, "https://eu.jobs.vendor.example/v1"),
    (GIVEN, "https://proxy.example/vendor/jobs/7"),
    (GIVEN, "http://proxy.example:9000/vendor/jobs/7"),
    (LOCAL, "http://[::1]/vendor"),
    (LOCAL, "https://api.vendor.example/v1/jobs/7"),
]


@table(("servers", "address"), ITS_OWN)
def test_an_address_of_the_vendor_is_its_own(servers: Servers, address: str) -> None:
    assert servers.has(address)


@table(("servers", "address"), NOT_ITS_OWN, ids=[ascii(a)[:60] for _, a in NOT_ITS_OWN])
def test_any_other_address_is_not(servers: Servers, address: str) -> None:
    assert not servers.has(address)


pieces = st.sampled_from([
    "https://", "api.", "eu.jobs.", "vendor.example", "evil.example", "127.0.0.1", "[::1]", ":443", ":1", "/", "//",
    "\\", "@", "#", "?", "%2e", "%40", ".", "..", "7", "K", "\r\n", "\t", " ", "\0", "\u3002", "\u017f", "\u212a",
])  # fmt: skip


@given(st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join)))
@example("https://api.vendor.example/@evil.example")
def test_two_parsers_agree_on_where_such_an_address_leads(rest: str) -> None:
    """Whatever follows: one that is followed has a host of the vendor's for everyone who reads it, and no user."""
    for start in ("", "https://api.vendor.example", "https://eu.jobs.vendor.example/"):
        address = start + rest
        if not DOCUMENTED.has(address):
            continue
        assert address.isascii()
        assert address.isprintable()
        for url in (httpx.URL(address), urlsplit(address)):
            host = getattr(url, "host", None) or url.hostname
            assert host.endswith(("api.vendor.example", ".jobs.vendor.example"))
            assert (url.port or 443) == 443
            assert "@" not in str(url.netloc)


@given(st.text(max_size=3))
def test_a_free_variable_is_one_label(text: str) -> None:
    is_label = text.isascii() and text.replace("-", "a").isalnum()
    assert DOCUMENTED.has(f"https://{text}.jobs.vendor.example/7") == is_label


def test_the_first_server_is_where_calls_go_with_the_defaults_of_its_variables() -> (
    None
):
    assert DOCUMENTED.url == "https://api.vendor.example/v1"
    assert server_url(SERVERS[1]) == "https://eu.jobs.vendor.example/v1"
    assert GIVEN.url == "https://proxy.example:9000/vendor"


# ---- What a client does with it --------------------------------------------------------------------------------------


def hosts(script: Script) -> list[str]:
    return [str(sent.url) for sent in script.requests]


def test_a_task_is_asked_for_at_its_address(connect) -> None:
    script = Script(body("processing"))
    seen = connect(script).fetch(FOLLOWING)
    assert hosts(script) == [OWN]
    assert seen._status_url == OWN


def test_a_wait_asks_there_to_the_end(connect) -> None:
    script = Script(body("queued"), body("processing"), body("processing"), body("completed"))  # fmt: skip
    client = connect(script, policy=STEADY)
    done = client.wait(FOLLOWING)
    assert hosts(script) == [OWN] * 4
    assert done._status_url == OWN
    assert done.state is State.SUCCEEDED


@table(
    "stray", ["https://evil.example/7", f"https://{HOST}:1/7", f"http://{HOST}/7", "?"]
)
def test_an_address_of_somebody_else_is_no_error_and_gets_no_key(
    connect, stray
) -> None:
    script = Script(body("processing"), body("completed"))
    client = connect(script, policy=STEADY)
    client.wait(replace(TASK, _status_url=stray))
    assert hosts(script) == [USUAL] * 2


def test_where_the_user_has_given_a_base_url_the_vendor_s_servers_are_not_asked(
    driver,
) -> None:
    script = Script(body("processing"))
    access = {XING: Access("key", "http://127.0.0.1:8765/xing")}
    client = driver(access, transport=httpx.MockTransport(script))
    client.fetch(FOLLOWING)
    client.fetch(replace(TASK, _status_url="http://127.0.0.1:8765/xing/other"))
    assert [sent.url.netloc for sent in script.requests] == [b"127.0.0.1:8765"] * 2
    assert script.requests[1].url.path == "/xing/other"


def test_an_error_there_is_the_task_s(connect) -> None:
    with pytest.raises(TaskNotFound) as caught:
        connect(Script(httpx.Response(404, json={"error": "no"}))).fetch(FOLLOWING)
    assert caught.value.task is FOLLOWING


def test_a_redirect_from_there_is_not_followed(connect) -> None:
    away = httpx.Response(302, headers={"Location": "https://evil.example/"})
    script = Script(away)
    with pytest.raises(Exception, match="HTTP 302"):
        connect(script).fetch(FOLLOWING)
    assert hosts(script) == [OWN]


def test_the_address_survives_a_token(connect) -> None:
    assert Task.from_token(FOLLOWING.to_token()) == FOLLOWING
    script = Script(body("completed"))
    connect(script).wait(Task.from_token(FOLLOWING.to_token()))
    assert hosts(script) == [OWN]


def test_a_token_of_a_task_without_one_is_as_it_was() -> None:
    assert "_status_url" not in TASK.to_token()
    assert Task.from_token(TASK.to_token())._status_url is None


@pytest.mark.parametrize("by_id", [True, False])
def test_the_journal_keeps_it_also_when_a_look_by_id_does_not_know_it(
    connect, tmp_path: Path, monkeypatch, by_id
) -> None:
    from imagetasks.providers import PROVIDERS

    adapter = PROVIDERS[XING]
    following = replace(adapter.at, status_url="/follow")
    monkeypatch.setattr(adapter, "images", replace(adapter.images, at=following))
    told = created() | {"follow": OWN}
    script = Script(told, body("processing"), body("completed"))
    client = connect(script, policy=STEADY, journal=tmp_path / "tasks.db")
    task = client.submit(XING, VENDORS[XING].request)
    client.fetch(*((XING, task.id) if by_id else (task,)))
    [done] = client.resume_all()
    assert done.state is State.SUCCEEDED
    assert hosts(script)[1:] == [USUAL if by_id else OWN, OWN]


@OVER_SOCKETS
def test_over_each_transport_the_key_goes_to_that_address_as_it_is(driver) -> None:
    with broken_server(answer(body("processing"))) as server:
        client = driver({XING: Access("secret-key-0123", f"{server.url}/base")})
        client.fetch(replace(TASK, _status_url=f"{server.url}/a%2Fb/~c?id=7&x=%20+(1)"))
        [sent] = server.requests
    line, *fields = sent.decode().split("\r\n")
    assert line == "GET /a%2Fb/~c?id=7&x=%20+(1) HTTP/1.1"
    assert "authorization: bearer secret-key-0123" in [f.lower() for f in fields]


@OVER_SOCKETS
def test_over_each_transport_a_stray_address_hears_nothing(driver) -> None:
    quick = answer(body("processing"))
    with broken_server(quick) as server, broken_server(quick) as stray:
        client = driver({XING: Access("secret-key-0123", f"{server.url}/base")})
        client.fetch(replace(TASK, _status_url=f"{stray.url}/7"))
        assert (len(server.requests), stray.requests) == (1, [])


def test_it_stays_out_of_what_is_printed() -> None:
    assert OWN not in repr(FOLLOWING) + str(FOLLOWING)
