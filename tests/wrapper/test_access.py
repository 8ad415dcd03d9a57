"""Keys and addresses: where they come from, what is refused, and that nothing is sent then."""

from __future__ import annotations

import httpx
import pytest
from imagetasks import (
    Access,
    AsyncClient,
    AuthenticationError,
    Client,
    State,
    Task,
)
from imagetasks.providers import PROVIDERS, register
from imagetasks.providers.akool import Akool
from support.drivers import Script
from support.tasks import REQUEST, TASK, XING, body


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKOOL_API_KEY", " key-from-env\n")
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:1/akool")
    for kind in (Client, AsyncClient):
        client = kind.from_env()
        assert repr(client) == f"{kind.__name__}(akool)"
        assert client._core._accounts.access["akool"] == Access(
            "key-from-env", "http://127.0.0.1:1/akool"
        )


def test_no_key_at_all_is_an_error_that_names_the_variables() -> None:
    for make in (Client.from_env, lambda: Client({})):
        with pytest.raises(AuthenticationError) as caught:
            make()
        for variable in (
            "XINGCHAOYIQING_API_KEY",
            "AIGPTIMAGE_API_KEY",
            "AKOOL_API_KEY",
            "GPTIMAGE2API_API_KEY",
        ):
            assert variable in str(caught.value)


def test_an_unknown_provider_is_an_error_that_lists_them(connect) -> None:
    with pytest.raises(ValueError, match=f"midjourney.*{', '.join(sorted(PROVIDERS))}"):
        Client({"midjourney": "key"})
    client = connect(Script(500))
    for call in (
        lambda: client.submit("midjourney", REQUEST),
        lambda: client.fetch("midjourney", "1"),
        lambda: client.wait(Task(provider="midjourney", id="1", state=State.QUEUED)),
    ):
        with pytest.raises(ValueError, match="midjourney"):
            call()


class Midjourney(Akool):
    name = "midjourney"


def test_a_vendor_from_elsewhere_is_made_known() -> None:
    register(Midjourney())
    try:
        with Client({"midjourney": "KEY"}) as client:
            assert repr(client) == "Client(midjourney)"
            assert client.capabilities("midjourney").provider == "midjourney"
    finally:
        del PROVIDERS["midjourney"]


@pytest.mark.parametrize("name", ["akool", "", "Mid", "mid-journey", "1st"])
def test_a_name_that_is_taken_or_makes_no_variable_is_refused(name) -> None:
    class Other(Akool):
        pass

    Other.name = name
    with pytest.raises(ValueError, match=repr(name)):
        register(Other())


def test_a_provider_without_a_key_is_an_error_that_names_its_variable(driver) -> None:
    with pytest.raises(AuthenticationError, match="AKOOL_API_KEY"):
        driver({XING: "secret-key-0123"}).submit("akool", REQUEST)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel", None])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key) -> None:
    with pytest.raises(ValueError, match="API key") as caught:
        Access(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "akool.com",
        "ftp://x/",
        "http://",
        "http://h:port/",
        "http://h/?q",
        "http://u:hunter2@h/",
        "http://a..example/",
        f"http://{'a' * 64}.example/",
        "http://xn--zz---.example/",
    ],
)
def test_a_base_url_that_is_none_is_refused(url) -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        Access("key", url)
    assert "hunter2" not in str(caught.value)


def test_a_base_url_stands_in_for_the_server_path_included(driver) -> None:
    vendor = Script(body("queued"))
    for base in ("http://127.0.0.1:9/mock/x", "http://127.0.0.1:9/mock/x/"):
        client = driver(
            {XING: Access("key", base)}, transport=httpx.MockTransport(vendor)
        )
        client.fetch(XING, "image_1")
        assert (
            str(vendor.requests[-1].url)
            == "http://127.0.0.1:9/mock/x/v1/result/image_1"
        )


def test_the_default_address_is_the_specs(connect) -> None:
    vendor = Script(body("queued"))
    connect(vendor).fetch(XING, "image_1")
    url = "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/image_1"
    assert str(vendor.requests[0].url) == url


def test_access_is_a_key_or_an_access() -> None:
    for nonsense in (None, 5, b"key"):
        with pytest.raises(TypeError, match="akool: access is a key"):
            Client({"akool": nonsense})  # type: ignore[dict-item]


def test_nonsense_is_refused_before_anything_is_sent(connect) -> None:
    vendor = Script(500)
    client = connect(vendor)
    for call, kind in (
        (lambda: client.submit(XING, "a lighthouse"), TypeError),
        (lambda: client.fetch(XING, ""), ValueError),
        (lambda: client.wait(TASK, timeout=-1), ValueError),
        (lambda: client.wait(TASK, timeout=float("nan")), ValueError),
    ):
        with pytest.raises(kind):
            call()
    assert vendor.sent == 0
