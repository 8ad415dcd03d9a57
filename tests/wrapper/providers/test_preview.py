"""check: what would be sent, to the byte, and what it would cost; nothing is sent."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from imagetasks import (
    Access,
    AuthenticationError,
    Client,
    ImageRequest,
    InvalidRequest,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks.cli import program
from imagetasks.providers import PROVIDERS as ADAPTERS
from support.drivers import Script
from support.specs import PROVIDERS
from support.table import table
from typer.testing import CliRunner
from vendors import AIG, AKOOL, GPT, KEY, REF, XING, accepted

REQUESTS: list[tuple[str, ImageRequest | VideoRequest]] = [
    *((provider, ImageRequest("a lighthouse")) for provider in PROVIDERS),
    (XING, ImageRequest("x", aspect_ratio="1920:1080", resolution="4K", quality="high")),
    (AIG, ImageRequest("\N{SLICE OF PIZZA}", reference_images=[REF], idempotency_key="order-7")),
    (AIG, VideoRequest("x", first_image=REF, duration=7.5, idempotency_key="order-8")),
    (AKOOL, ImageRequest("x", webhook_url=REF, extra={"similar": 0.5})),
    (GPT, ImageRequest("x", model="nano-banana-2", extra={"resolution": "2K"})),
    (GPT, VideoRequest("x", model="veo3")),
]  # fmt: skip


@table(("provider", "request_"), REQUESTS)
def test_a_preview_is_what_a_submit_sends(connect, provider, request_) -> None:
    script = Script(accepted(provider))
    driver = connect(script)
    preview = driver.client.check(provider, request_)
    assert script.sent == 0
    driver.submit(provider, request_)
    [sent] = script.requests
    assert (preview.method, preview.url) == (sent.method, str(sent.url))
    assert httpx.Request("POST", preview.url, json=preview.body).content == sent.content
    for name, value in preview.headers.items():
        if name == "X-Request-ID" and request_.idempotency_key is None:
            continue  # "a new one for the next"
        assert value.replace("***", KEY) == sent.headers[name]
    ours = {name.lower() for name in preview.headers}
    transport_s = {"host", "accept", "accept-encoding", "connection", "content-length"}
    assert ours == sent.headers.keys() - transport_s


@table(("provider", "request_"), REQUESTS)
def test_the_key_is_masked_and_the_prompt_kept_out_of_the_repr(
    provider, request_
) -> None:
    with Client({provider: KEY}) as client:
        preview = client.check(provider, request_)
    assert KEY not in f"{preview!r}{preview.headers}{preview.body}"
    assert "***" in str(preview.headers)
    assert "lighthouse" not in repr(preview)


def test_it_goes_to_the_address_of_the_access() -> None:
    access = Access(KEY, base_url="http://127.0.0.1:8765/akool/")
    with Client({AKOOL: access}) as client:
        preview = client.check(AKOOL, ImageRequest("x"))
    assert preview.url.startswith("http://127.0.0.1:8765/akool/api/open/v4/")


def test_what_a_submit_refuses_a_check_refuses() -> None:
    with Client({AKOOL: KEY}) as client:
        with pytest.raises(UnsupportedRequest):
            client.check(AKOOL, ImageRequest("x", size="1024x1024"))
        with pytest.raises(InvalidRequest):
            client.check(AKOOL, ImageRequest("x", model="gpt-image-2"))
        with pytest.raises(AuthenticationError):
            client.check(XING, ImageRequest("x"))
        with pytest.raises(TypeError, match="ImageRequest or a VideoRequest"):
            client.check(AKOOL, "a lighthouse")  # type: ignore[arg-type]


def test_of_several_pictures_it_shows_the_request_of_one() -> None:
    with Client({GPT: KEY}) as client:
        one, three = (client.check(GPT, ImageRequest("x", count=n)) for n in (1, 3))
    assert one == three


IMAGE, VIDEO = ImageRequest, VideoRequest
FAST = "seedance-2.0-fast-image-to-video"


# fmt: off
PRICES: list[tuple[str, ImageRequest | VideoRequest, float | None]] = [
    # "1K = 3, 2K = 5, 4K = 8 credits per output"; "default 1K", of text to image only.
    (AIG, IMAGE("x"), 3),
    (AIG, IMAGE("x", resolution="2k"), 5),
    (AIG, IMAGE("x", resolution="4k", reference_images=[REF]), 8),
    (AIG, IMAGE("x", reference_images=[REF]), None),
    # "480p = 20/s, 720p = 40/s, 1080p = 80/s"; no default of either.
    (AIG, VIDEO("x", resolution="720p", duration=5), 200),
    (AIG, VIDEO("x", resolution="1080p", duration=2.5), 200),
    (AIG, VIDEO("x", model=FAST, first_image=REF, resolution="480p", duration=4), 40),
    (AIG, VIDEO("x", resolution="720p"), None),
    (AIG, VIDEO("x", duration=5), None),
    (AIG, VIDEO("x", resolution="720p", duration=-5), None),
    (AIG, VIDEO("x", first_image=REF, resolution="720p", duration=5), None),  # no page has its price
    # "1 credit per image for 1080p and for 4k"
    (AKOOL, IMAGE("x"), 1),
    (AKOOL, IMAGE("x", resolution="1080p"), 1),
    (GPT, IMAGE("x"), 3),
    (GPT, IMAGE("x", model="nano-banana-2"), None),
    (GPT, IMAGE("x", model="nano-banana-2", extra={"resolution": "2K"}), 6),
    (GPT, IMAGE("x", model="nano-banana-pro", extra={"resolution": "1K"}), None),
    (GPT, VIDEO("x", model="veo3_fast"), 9),  # "Veo fixed 8"
    (GPT, VIDEO("x", model="veo3_fast", duration=8), 9),
    (GPT, VIDEO("x", model="kling/v2-1-standard", first_image=REF, duration=10), 22),
    (GPT, VIDEO("x", model="kling/v2-1-standard", first_image=REF), None),
    (GPT, VIDEO("x", model="kling/v2-1-standard", first_image=REF, duration=15), None),
    (GPT, VIDEO("x", model="sora-2-text-to-video", extra={"resolution": "720p"}), None),  # by seconds, it says not which
    (GPT, VIDEO("x", model="wan/2-6-text-to-video", duration=5), None),
    (XING, IMAGE("x"), None),  # no page states a price
]
# fmt: on


@table(("provider", "request_", "credits"), PRICES)
def test_a_price_is_the_documented_one_or_none(provider, request_, credits) -> None:
    with Client({provider: KEY}) as client:
        assert client.check(provider, request_).credits == credits


def test_a_batch_costs_as_many_times_as_it_makes_images() -> None:
    """akool: "1 credit per image", and a batch makes up to 4."""
    adapter, body = ADAPTERS[AKOOL], {"prompt": "x", "batch_quantity": 3}
    assert adapter.price(ImageRequest("x"), body) == 3


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AKOOL_API_KEY", KEY)
    # Whoever sends it fails.
    monkeypatch.setenv("AKOOL_BASE_URL", "http://127.0.0.1:9")
    return lambda *options: CliRunner().invoke(
        program(), ["generate", "-p", "akool", *options]
    )


def test_the_command_prints_the_request_and_sends_nothing(run) -> None:
    result = run("a lighthouse", "--aspect-ratio", "1920:1080", "--check")
    assert result.exit_code == 0, result.output
    head, _, body = result.stdout.partition("\n\n")
    assert head.startswith("POST http://127.0.0.1:9/api/open/v4/")
    assert "x-api-key: ***" in head
    assert json.loads(body) == {"prompt": "a lighthouse", "scale": "16:9"}
    assert "Not sent. Price of 1 task: 1 credit at akool" in result.stderr
    assert KEY not in result.output


def test_the_command_prints_it_for_machines(run) -> None:
    printed = run("a lighthouse", "--check", "--json").stdout
    request, price = map(json.loads, printed.splitlines())
    assert (request["body"], request["credits"]) == ({"prompt": "a lighthouse"}, 1)
    assert price["credits"] == {"akool": 1}


def test_the_command_ends_with_2_where_a_submit_would_be_refused(run) -> None:
    result = run("a lighthouse", "--resolution", "2k", "--check")
    assert result.exit_code == 2
    assert "it has 1080p, 4k" in result.stderr
