"""Ratios, resolutions, sizes and pictures: in the vendor's words where it has exactly them, else refused. Never nearly."""

from __future__ import annotations

import base64
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imagetasks import (
    Client,
    ImageRequest,
    InvalidRequest,
    Task,
    UnsupportedRequest,
    VideoRequest,
)
from jsonschema_rs import Draft202012Validator
from support.drivers import Script
from support.specs import PROVIDERS
from support.table import table
from vendors import AIG, AKOOL, GPT, KEY, REF, VENDORS, XING, accepted

CLOSED = [XING, AKOOL, GPT]


def outcome(provider: str, request: ImageRequest | VideoRequest) -> Any:
    """The body that went out, or the error that kept it from going."""
    script = Script(accepted(provider))
    with Client({provider: KEY}, transport=httpx.MockTransport(script)) as client:
        try:
            client.submit(provider, request)
        except UnsupportedRequest as error:
            assert script.sent == 0
            return error
    body = json.loads(script.requests[0].content)
    return body.get("input") or body


@table(
    ("provider", "asked", "sent"),
    [
        (XING, "1920:1080", "16:9"),
        (XING, "7:3", "21:9"),
        (XING, "0.5:1", "1:2"),
        (AKOOL, "2:2", "1:1"),
        (GPT, "1080:1920", "9:16"),
        (GPT, "AUTO", "auto"),
        (
            AIG,
            "1920:1080",
            "1920:1080",
        ),  # "common" values only: a list that is not closed
    ],
)
def test_equal_ratios_are_the_same_ratio(provider, asked, sent) -> None:
    body = outcome(provider, ImageRequest("a lighthouse", aspect_ratio=asked))
    assert body[VENDORS[provider].ratio] == sent


def test_a_model_that_is_no_text_is_refused_like_any_bad_request() -> None:
    """Half a surrogate pair, beside a ratio whose list depends on the model."""
    request = ImageRequest("x", model="\ud800", aspect_ratio="1:1")
    with Client({XING: KEY}) as client:
        with pytest.raises(InvalidRequest, match="cannot be written as JSON"):
            client.submit(XING, request)


def test_a_word_for_the_source_s_own_ratio_is_taken_in_any_case() -> None:
    request = ImageRequest("x", aspect_ratio="original", reference_images=[REF])
    assert outcome(AKOOL, request)["scale"] == "Original"


@table(
    ("provider", "asked", "words"),
    [
        (XING, {"aspect_ratio": "7:5"}, "no aspect_ratio '7:5', the nearest are 4:3 and 3:2; it has 1:1, 16:9"),
        (XING, {"aspect_ratio": "3:1"}, "the nearest are 21:9 and 2:1"),
        (XING, {"aspect_ratio": ""}, "no aspect_ratio ''; it has 1:1"),
        (XING, {"aspect_ratio": "auto"}, "no aspect_ratio 'auto'; it has 1:1"),
        (XING, {"aspect_ratio": "0:1"}, "no aspect_ratio '0:1'; it has 1:1"),
        (XING, {"aspect_ratio": "1:0"}, "no aspect_ratio '1:0'; it has 1:1"),
        (AKOOL, {"aspect_ratio": "21:9"}, "the nearest are 16:9 and 3:2"),
        (GPT, {"aspect_ratio": "2:1"}, "the nearest are 16:9 and 21:9; it has auto, 1:1"),
        (XING, {"resolution": "8k"}, "no resolution '8k'; it has 1k, 2k, 4k"),
        (AIG, {"resolution": "8k"}, "no resolution '8k'; it has 1K, 2K, 4K"),
        (AIG, {"resolution": "8k", "reference_images": [REF]}, "it has 1K, 2K, 4K"),
        (AKOOL, {"resolution": "2k"}, "no resolution '2k'; it has 1080p, 4k"),
        (AKOOL, {"resolution": "2160p"}, "no resolution '2160p'; it has 1080p, 4k"),
        (AKOOL, {"size": "1536x1024"}, "nearest to '1536x1024' is aspect_ratio 3:2, with a resolution of 1080p, 4k"),
        (AIG, {"size": "1536x1024"}, "nearest to '1536x1024' is aspect_ratio 3:2, with a resolution of 1K, 2K, 4K"),
        (GPT, {"size": "2000x1000"}, "nearest to '2000x1000' is aspect_ratio 16:9"),
        (GPT, {"size": "large"}, "its API documents nothing for size"),
    ],
)  # fmt: skip
def test_what_has_no_exact_word_is_refused_with_the_nearest(
    provider, asked, words
) -> None:
    error = outcome(provider, ImageRequest("a lighthouse", **asked))
    assert str(error).startswith(f"{provider}: ")
    assert words in str(error)


def test_a_size_is_sent_as_it_is_where_there_is_a_field_for_it() -> None:
    assert outcome(XING, ImageRequest("x", size="1536x1024"))["size"] == "1536x1024"


def test_the_list_of_another_model_is_another_list() -> None:
    """gptimage2api lists the ratios of gpt-image-2 only."""
    request = ImageRequest("x", model="nano-banana-2", aspect_ratio="2:1")
    assert outcome(GPT, request)["aspectRatio"] == "2:1"


@pytest.mark.parametrize("provider", CLOSED)
@given(width=st.integers(1, 9999), height=st.integers(1, 9999))
def test_a_ratio_is_sent_exactly_or_not_at_all(provider, width, height) -> None:
    asked = f"{width}:{height}"
    ended = outcome(provider, ImageRequest("x", aspect_ratio=asked))
    if isinstance(ended, UnsupportedRequest):
        known = str(ended).partition("it has ")[2].split(", ")
        exact = [one for one in known if ":" in one and ratio(one) == ratio(asked)]
        assert exact == []
    else:
        assert ratio(ended[VENDORS[provider].ratio]) == ratio(asked)


def ratio(text: str) -> Fraction:
    width, _, height = text.partition(":")
    return Fraction(int(width), int(height))


PICTURE = base64.b64encode(b"\x89PNG not for a log").decode()
LOCAL: list[tuple[Any, str]] = [
    ("photo.png", "no http"),
    ("/home/me/photo.png", "no http"),
    ("C:\\photo.png", "no http"),
    ("file:///home/me/photo.png", "no http"),
    (Path("photo.png"), "no http"),
    (b"\x89PNG", "no http"),
    ("", "no http"),
    (f"data:image/png;base64,{PICTURE}", "a data URL"),
    (f"DATA:image/png;base64,{PICTURE}", "a data URL"),
]


@table("provider", [p for p in PROVIDERS if "reference_images" in VENDORS[p].fields])
@table(("picture", "why"), LOCAL, ids=lambda value: str(value)[:20])
def test_a_picture_is_a_public_url(provider, picture, why) -> None:
    """aigptimage and akool: "no base64"; of the other two it is inferred."""
    request = ImageRequest("x", reference_images=[picture])
    words = str(outcome(provider, request))
    assert f"reference_images[0] is {why}" in words
    assert "upload the file somewhere first" in words
    assert PICTURE not in words
    assert "photo" not in words


@table(("picture", "why"), LOCAL, ids=lambda value: str(value)[:20])
def test_so_is_the_first_image_of_a_video(picture, why) -> None:
    for provider, model in ((AIG, None), (GPT, "wan/2-6-image-to-video")):
        request = VideoRequest("x", model=model, first_image=picture)
        assert f"first_image is {why}" in str(outcome(provider, request))


def test_one_path_is_no_list_of_pictures() -> None:
    with pytest.raises(TypeError, match="a list of URLs"):
        ImageRequest("x", reference_images=Path("photo.png"))  # type: ignore[arg-type]


def test_a_task_comes_of_what_is_sent(connect) -> None:
    script = Script(accepted(XING))
    request = ImageRequest("x", aspect_ratio="1920:1080", resolution="2K")
    assert isinstance(connect(script).submit(XING, request), Task)


# URLs

IS_URI = Draft202012Validator({"format": "uri"}, validate_formats=True).is_valid
PICTURES = {
    XING: "image_urls",
    AIG: "image_urls",
    AKOOL: "source_images",
    GPT: "inputImageUrls",
}
URLS = [
    ("https://example.com/bär.png", "https://example.com/b%C3%A4r.png"),
    ("https://example.com/图/名.png?键=值", "https://example.com/%E5%9B%BE/%E5%90%8D.png?%E9%94%AE=%E5%80%BC"),
    ("https://example.com/a[1].png?x[]=1#[2]", "https://example.com/a%5B1%5D.png?x%5B%5D=1#%5B2%5D"),
    ("https://bücher.example:8443/a.png", "https://xn--bcher-kva.example:8443/a.png"),
    ("https://example.com/a b|c^{d}.png", "https://example.com/a%20b%7Cc%5E%7Bd%7D.png"),
    ("https://example.com/100%.png", "https://example.com/100%25.png"),
    # What is a URL already stays as it is, to the byte: a signature may cover it.
    ("https://example.com/%c3%A4.png?", "https://example.com/%c3%A4.png?"),
    ("HTTPS://Example.com:443/a?X-Amz-Signature=a%2Fb+c==", "HTTPS://Example.com:443/a?X-Amz-Signature=a%2Fb+c=="),
    ("https://[2001:db8::1]/a.png", "https://[2001:db8::1]/a.png"),
]  # fmt: skip


@table(("given", "sent"), URLS)
@table("provider", PICTURES)
def test_a_picture_s_url_is_sent_percent_encoded(provider, given, sent) -> None:
    body = outcome(provider, ImageRequest("a lighthouse", reference_images=[given]))
    assert body[PICTURES[provider]] == [sent]


@table(("given", "sent"), URLS)
@table(
    ("provider", "model"),
    [(AIG, "seedance-2.0-image-to-video"), (GPT, "veo3_fast")],
)
def test_a_video_s_first_image_is_sent_percent_encoded(
    provider, model, given, sent
) -> None:
    video = VideoRequest("it drifts away", model=model, first_image=given)
    assert outcome(provider, video)[PICTURES[provider]] == [sent]


@table(("given", "sent"), URLS)
def test_where_to_report_to_is_sent_percent_encoded(given, sent) -> None:
    body = outcome(AKOOL, ImageRequest("a lighthouse", webhook_url=given))
    assert body["webhookurl"] == sent


@table(
    "url",
    ["https://a b/c.png", "https://exa[mple/c.png", "https://example.com/a.png\n",
     "https://example.com/\0", "https://example.com/\ud800.png", f"https://{'ä' * 99}.example/a.png"],
    ids=ascii,
)  # fmt: skip
@table("provider", PICTURES)
def test_what_no_encoding_makes_a_url_is_refused(provider, url) -> None:
    request = ImageRequest("a lighthouse", reference_images=[url])
    with pytest.raises(InvalidRequest):
        outcome(provider, request)


@given(
    st.text(st.characters(codec="utf-8", categories=["L", "M", "N", "P", "S", "Zs"]))
)
@example("?a=%[]#[#%zz")
def test_any_path_becomes_a_url_and_stays_one(path) -> None:
    given = f"https://example.com/{path}."
    request = ImageRequest("a lighthouse", reference_images=[given])
    (sent,) = outcome(XING, request)["image_urls"]
    assert IS_URI(sent)
    assert sent == given or not IS_URI(given)
    again = ImageRequest("a lighthouse", reference_images=[sent])
    assert outcome(XING, again)["image_urls"] == [sent]
