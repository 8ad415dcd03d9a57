"""Videos: their rules, before anything is sent, and their whole way over the mock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import imagetasks_mock
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from imagetasks import (
    Client,
    ImageRequest,
    ImageTasksError,
    InvalidRequest,
    PollPolicy,
    State,
    Task,
    UnsupportedRequest,
    VideoRequest,
)
from support.drivers import OVER_SOCKETS, Script
from support.specs import operation, request_validator
from support.table import table
from vendors import AIG, GPT, KEY, REF, accepted

VIDEO_SUBMITS = {
    AIG: operation(AIG, "createTask"),
    GPT: operation(GPT, "generateVideo"),
}
TEXT = {"prompt": "a boat"}

# fmt: off
BODIES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (AIG, {}, {"model": "seedance-2.0-text-to-video", "input": TEXT}),
    (AIG, {"mode": "text_to_video"}, {"model": "seedance-2.0-text-to-video", "input": TEXT}),
    (AIG, {"first_image": REF}, {"model": "seedance-2.0-image-to-video", "input": {**TEXT, "image_urls": [REF]}}),
    (AIG, {"model": "seedance-2.0-fast-image-to-video", "mode": "image_to_video", "first_image": REF,
           "aspect_ratio": "9:16", "resolution": "1080P", "duration": 7.5, "extra": {"generate_audio": True}},
        {"model": "seedance-2.0-fast-image-to-video", "input": {
            **TEXT, "image_urls": [REF], "ratio": "9:16", "resolution": "1080p", "duration": 7.5,
            "generate_audio": True}}),
    # "prompt: required, except for reference to video".
    (AIG, {"prompt": "", "model": "seedance-2.0-reference-to-video", "extra": {"reference_image_urls": [REF]}},
        {"model": "seedance-2.0-reference-to-video", "input": {"reference_image_urls": [REF]}}),
    (AIG, {"mode": "image_to_video", "extra": {"image_urls": [REF]}},
        {"model": "seedance-2.0-image-to-video", "input": {**TEXT, "image_urls": [REF]}}),
    (GPT, {"model": "veo3"}, {**TEXT, "model": "veo3", "inputMode": "text_to_video"}),
    (GPT, {"model": "veo3", "first_image": REF, "duration": 8, "aspect_ratio": "16:9"},
        {**TEXT, "model": "veo3", "inputMode": "image_to_video", "inputImageUrls": [REF], "duration": 8,
         "aspectRatio": "16:9"}),
    (GPT, {"model": "sora-2-text-to-video", "extra": {"resolution": "720p"}},
        {**TEXT, "model": "sora-2-text-to-video", "inputMode": "text_to_video", "resolution": "720p"}),
]
UNSUPPORTED: list[tuple[str, dict[str, Any], str]] = [
    (AIG, {"model": "seedance-2.0-text-to-video", "mode": "image_to_video"}, "makes no image_to_video"),
    (AIG, {"model": "seedance-2.0-text-to-video", "first_image": REF}, "makes no image_to_video"),
    (AIG, {"model": "seedance-2.0-fast-image-to-video", "mode": "text_to_video"}, "makes no text_to_video"),
    (AIG, {"model": "seedance-2.0-reference-to-video", "mode": "text_to_video"}, "makes no text_to_video"),
    (AIG, {"model": "gpt-image-2-text-to-image"}, "gpt-image-2-text-to-image makes images, not videos"),
    (AIG, {"resolution": "4k"}, "no resolution '4k'; it has 480p, 720p, 1080p"),
    (GPT, {}, "no page names a default model for videos; known: kling/v2-1-standard"),
    (GPT, {"model": "veo3", "resolution": "720p"}, "documents nothing for resolution"),
    (GPT, {"model": "veo3", "idempotency_key": "order-7"}, "documents nothing for idempotency_key"),
    (GPT, {"model": "gpt-image-2"}, "gpt-image-2 makes images, not videos"),
]
FORBIDDEN: list[tuple[str, dict[str, Any], str]] = [
    (AIG, {"mode": "image_to_video"}, "image_urls is missing"),
    (AIG, {"model": "seedance-1"}, "model is 'seedance-1'"),
    (AIG, {"prompt": ""}, "input.prompt is missing"),
    (AIG, {"duration": "5"}, "input.duration is not of type number"),
    (GPT, {"model": "veo3", "duration": 5}, "duration is 5, not 8"),
    (GPT, {"model": "sora-2-image-to-video"}, "inputImageUrls is missing"),
    (GPT, {"model": "sora-2-text-to-video", "first_image": REF}, "need inputMode text_to_video"),
    (GPT, {"model": "kling/v2-1-pro"}, "take inputMode image_to_video only"),
    (GPT, {"model": "hailuo/02-text-to-video-pro", "mode": "image_to_video"}, "inputMode text_to_video"),
    (GPT, {"model": "sora-3"}, "model is 'sora-3'"),
]
# fmt: on


def request(given: dict[str, Any]) -> VideoRequest:
    return VideoRequest(**{**TEXT, **given})


@table(("provider", "given", "body"), BODIES)
def test_a_video_is_asked_for_as_the_vendor_spells_it(
    connect, provider, given, body
) -> None:
    script = Script(accepted(provider))
    task = connect(script).submit(provider, request(given))
    [sent] = script.requests
    assert sent.url.path == VIDEO_SUBMITS[provider].path
    assert json.loads(sent.content) == body
    assert task.kind == "video"


@table(
    ("kind", "provider", "given", "words"),
    [
        *((UnsupportedRequest, *case) for case in UNSUPPORTED),
        *((InvalidRequest, *case) for case in FORBIDDEN),
    ],
)
def test_what_cannot_be_had_is_refused_before_it_is_sent(
    connect, kind, provider, given, words
) -> None:
    script = Script(accepted(provider))
    with pytest.raises(kind, match=r"(?s).") as caught:
        connect(script).submit(provider, request(given))
    assert words in str(caught.value)
    assert script.sent == 0


@table(("provider", "model"), [(AIG, "seedance-2.0-text-to-video"), (GPT, "veo3")])
def test_an_image_is_not_asked_of_a_video_model(connect, provider, model) -> None:
    script = Script(accepted(provider))
    with pytest.raises(UnsupportedRequest, match="makes videos, not images"):
        connect(script).submit(provider, ImageRequest("a boat", model=model))
    assert script.sent == 0


@table("given", [{"mode": "video"}, {"mode": "text_to_video", "first_image": REF}])
def test_a_request_that_contradicts_itself_is_none(given) -> None:
    with pytest.raises(ValueError, match=r"mode|first_image"):
        request(given)


def test_a_repeated_submit_of_a_video_carries_one_key(connect) -> None:
    """aigptimage deduplicates by X-Request-ID, whatever is made."""
    script = Script(httpx.ReadError("reset"), accepted(AIG))
    connect(script).submit(AIG, request({}))
    keys = {sent.headers["x-request-id"] for sent in script.requests}
    assert (script.sent, len(keys)) == (2, 1)


@OVER_SOCKETS
@pytest.mark.parametrize(
    ("provider", "given"),
    [
        (AIG, {"first_image": REF, "resolution": "720p", "duration": 5}),
        (AIG, {"aspect_ratio": "16:9"}),
        (GPT, {"model": "veo3_fast", "duration": 8}),
    ],
)
def test_a_video_is_submitted_awaited_and_saved(
    driver, tmp_path: Path, provider, given
) -> None:
    with imagetasks_mock.serve(duration=0.2, check=True) as mock:
        client = driver(
            {provider: mock.access(provider)}, policy=PollPolicy(min_gap=0.05)
        )
        task = client.submit(provider, request(given))
        assert task.kind == "video"
        done = client.wait(task)
        assert (done.state, done.kind) == (State.SUCCEEDED, "video")
        [path] = client.download(done, tmp_path)
        assert path.suffix == ".mp4"
        assert path.read_bytes()[4:8] == b"ftyp"
        assert list(mock.violations) == []


MODELS = {
    AIG: [None, *(f"seedance-2.0-{kind}-to-video" for kind in ("text", "image", "reference", "fast-text"))],
    GPT: ["veo3", "sora-2-text-to-video", "wan/2-6-image-to-video", "kling/v2-1-pro", "bytedance/seedance-1.5-pro"],
}  # fmt: skip


def maybe(*values: Any) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


@pytest.mark.parametrize("provider", MODELS)
@given(data=st.data())
def test_a_video_is_refused_unsent_or_sent_as_the_spec_wants_it(provider, data) -> None:
    mode = data.draw(maybe("text_to_video", "image_to_video"))
    asked = VideoRequest(
        data.draw(st.text(max_size=9)),
        model=data.draw(st.sampled_from(MODELS[provider]) | st.text(max_size=5)),
        mode=mode,
        duration=data.draw(maybe(5, 8, 7.5, -1)),
        aspect_ratio=data.draw(maybe("16:9", "1:1", "7:5", "auto")),
        resolution=data.draw(maybe("480p", "720P", "4k")) if provider == AIG else None,
        first_image=None if mode == "text_to_video" else data.draw(maybe(REF, "a.png")),
    )
    script = Script(accepted(provider))
    with Client({provider: KEY}, transport=httpx.MockTransport(script)) as client:
        try:
            outcome: object = client.submit(provider, asked)
        except ImageTasksError as error:
            outcome = error
    event(type(outcome).__name__)
    if isinstance(outcome, Task):
        body = json.loads(script.requests[0].content)
        assert request_validator(VIDEO_SUBMITS[provider]).is_valid(body)
    else:
        assert isinstance(outcome, UnsupportedRequest | InvalidRequest)
        assert script.sent == 0
