"""A law of every adapter: nothing is sent that the spec forbids."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from imagetasks import (
    Client,
    ImageRequest,
    InvalidRequest,
    Task,
    UnsupportedRequest,
)
from support.drivers import Script
from support.examples import law
from support.specs import (
    PROVIDERS,
    request_validator,
)
from vendors import (
    AIG,
    AKOOL,
    EXPRESSIBLE,
    KEY,
    LARGE,
    REF,
    REF_2,
    SUBMITS,
    VENDORS,
    XING,
    accepted,
)

# fmt: off
RATIOS = st.sampled_from([
    "1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "2:1", "1:2", "21:9", "9:21",
    "auto", "Original", "7:5",
])
EXTRA_NAMES = st.sampled_from([
    "prompt", "model", "image_urls", "input_urls", "image_input", "seed", "size", "batch_quantity",
    "similar", "parameter", "webhookurl", "resolution", "input",
])
# fmt: on
RESOLUTIONS = st.sampled_from(
    [
        spelled
        for text in ("1k", "2k", "4k", "1080p", "480p")
        for spelled in (text, text.upper(), text.title())
    ]
)
EDGES = st.one_of(st.integers(0, 4200), st.integers(1, 260).map(lambda n: n * 16))
SIZES = st.builds("{}x{}".format, EDGES, EDGES) | st.text(max_size=5)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates too
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(
        [0, 1, 2, 3, 1000, "", KEY, REF, 10**30, -1, "2026-04-22T09:00:00Z"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def seldom(values: st.SearchStrategy[Any], mostly: st.SearchStrategy[Any]) -> Any:
    return st.sampled_from([mostly] * 19 + [values]).flatmap(lambda chosen: chosen)


@cache  # hypothesis checks each strategy when it is first drawn from
def image_requests(provider: str) -> st.SearchStrategy[ImageRequest]:
    """With every field that the vendor knows, and now and then one that it does not."""
    known, models = EXPRESSIBLE[provider], VENDORS[provider].models

    def field(name: str, likely: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return seldom(likely | ANY_TEXT, maybe(likely) if name in known else st.none())

    good, bad = st.sampled_from([REF, REF_2]), st.sampled_from(["a.png", "data:,x", ""])
    return st.builds(
        ImageRequest,
        prompt=seldom(
            ANY_TEXT | st.sampled_from([LARGE, "x" * 5_001]), st.text(max_size=9)
        ),
        model=seldom(ANY_TEXT, maybe(st.sampled_from(models)) if models else st.none()),
        aspect_ratio=field("aspect_ratio", RATIOS),
        resolution=field("resolution", RESOLUTIONS),
        size=field("size", SIZES),
        quality=field("quality", st.sampled_from(["low", "high"])),
        reference_images=seldom(
            st.lists(bad, max_size=2) | st.integers(0, 18).map(lambda n: [REF] * n),
            st.lists(good, max_size=2),
        ),
        count=seldom(st.just(2), st.just(1)),
        negative_prompt=field("negative_prompt", st.text(max_size=9)),
        seed=seldom(st.integers(), st.none()),
        webhook_url=field("webhook_url", good),
        idempotency_key=field("idempotency_key", st.just("order-7")),
        extra=seldom(
            st.dictionaries(EXTRA_NAMES | ANY_TEXT, JSON, max_size=2), st.just({})
        ),
    )


def is_documented_size(size: str) -> bool:
    """xingchaoyiqing's rules for `size`, once more from the page."""
    match = re.fullmatch(r"([0-9]+)x([0-9]+)", size)
    if not match:
        return False
    width, height = int(match[1]), int(match[2])
    return (
        max(width, height) <= 3840
        and width % 16 == height % 16 == 0
        and max(width, height) <= 3 * min(width, height)
        and 655_360 <= width * height <= 8_294_400
    )


def try_to_submit(provider: str, request: ImageRequest) -> tuple[Script, object]:
    script = Script(accepted(provider))
    with Client({provider: KEY}, transport=httpx.MockTransport(script)) as client:
        try:
            return script, client.submit(provider, request)
        except (UnsupportedRequest, InvalidRequest) as error:
            return script, error


@law
@pytest.mark.parametrize("provider", PROVIDERS)
@given(data=st.data())
def test_a_request_is_refused_unsent_or_sent_as_the_spec_wants_it(
    provider, data
) -> None:
    request = data.draw(image_requests(provider))
    script, outcome = try_to_submit(provider, request)
    event(type(outcome).__name__)
    if not isinstance(outcome, Task):
        assert script.sent == 0
        assert getattr(outcome, "status_code", None) is None
        return
    [sent] = script.requests
    body = json.loads(sent.content)
    assert list(request_validator(SUBMITS[provider]).iter_errors(body)) == []
    if provider == XING and "size" in body:
        assert is_documented_size(body["size"])
    assert KEY not in sent.content.decode() or KEY in repr(request)


@law
@pytest.mark.parametrize("provider", [XING, AIG, AKOOL])
@given(resolution=RESOLUTIONS, ratio=maybe(RATIOS))
def test_the_case_of_a_resolution_does_not_matter(provider, resolution, ratio) -> None:
    def outcome(spelled: str) -> object:
        request = ImageRequest("a lighthouse", resolution=spelled, aspect_ratio=ratio)
        script, ended = try_to_submit(provider, request)
        if script.sent:
            return json.loads(script.requests[0].content)
        return str(ended).lower()  # it quotes the resolution as it was written

    assert (
        outcome(resolution)
        == outcome(resolution.upper())
        == outcome(resolution.lower())
    )
