"""Every request is written as its vendor spells it, or refused in words before it is sent."""

from __future__ import annotations

import copy
import json
import re
from contextlib import suppress
from typing import Any

import httpx
import pytest
from imagetasks import (
    ImageRequest,
    ImageTasksError,
    InvalidRequest,
    MalformedResponse,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks.providers import PROVIDERS as ADAPTERS
from support.drivers import Script
from support.specs import (
    PROVIDERS,
    operation,
    requests,
)
from support.table import table
from vendors import (
    AIG,
    AKOOL,
    EXPRESSIBLE,
    GPT,
    LARGE,
    REF,
    REF_2,
    SUBMITS,
    VENDORS,
    XING,
    accepted,
    finished,
)
from vendors.akool import MEITU


@pytest.fixture
def submit(connect):
    """Submit; the JSON body that went out."""

    def run(provider: str, request: ImageRequest | VideoRequest) -> Any:
        script = Script(accepted(provider))
        connect(script).submit(provider, request)
        assert script.sent == 1
        return json.loads(script.requests[0].content)

    return run


@pytest.fixture
def refuse(connect):
    """Submit what must not get out; the error."""

    def run(kind: type[ImageTasksError], provider: str, request: ImageRequest) -> str:
        script = Script(accepted(provider))
        with pytest.raises(kind) as caught:
            connect(script).submit(provider, request)
        assert script.sent == 0
        assert type(caught.value) is kind
        assert getattr(caught.value, "status_code", None) is None
        return str(caught.value)

    return run


@table("provider", PROVIDERS)
def test_a_submit_goes_to_the_documented_place_with_one_credential(
    connect, provider
) -> None:
    script = Script(accepted(provider))
    connect(script).submit(provider, ImageRequest("a lighthouse"))
    [sent] = script.requests
    assert (sent.method, str(sent.url)) == ("POST", VENDORS[provider].submit_url)
    assert sent.headers["content-type"] == "application/json"
    assert_headers(provider, sent)
    assert ("x-request-id" in sent.headers) == (provider == AIG)


@table("provider", PROVIDERS)
def test_a_fetch_goes_to_the_documented_place_with_one_credential(
    connect, provider
) -> None:
    """The id is opaque: what it holds does not change the path."""
    script = Script(finished(provider))
    with suppress(MalformedResponse):  # it tells of another task
        connect(script).fetch(provider, "task/1")
    [sent] = script.requests
    assert (sent.method, str(sent.url)) == ("GET", VENDORS[provider].status_url)
    assert sent.content == b""
    assert_headers(provider, sent)
    assert "x-request-id" not in sent.headers


def assert_headers(provider: str, sent: httpx.Request) -> None:
    name, value = VENDORS[provider].auth
    assert sent.headers[name] == value
    assert len({name, "authorization", "x-api-key", "cookie"} & set(sent.headers)) == 1
    assert re.fullmatch(r"imagetasks/\d+\.\d+\S*", sent.headers["user-agent"])


# fmt: off
PROMPT = {"prompt": "a lighthouse"}
BODIES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    # What was left out is not sent; only the documented default model is.
    ("the least", XING, {}, {"model": "gpt-image-2", **PROMPT}),
    ("the least", AIG, {}, {"model": "gpt-image-2-text-to-image", "input": PROMPT}),
    ("the least", AKOOL, {}, PROMPT),
    ("the least", GPT, {}, {"model": "gpt-image-2", **PROMPT}),
    ("a reference", XING, {"reference_images": [REF]}, {"model": "gpt-image-2", **PROMPT, "image_urls": [REF]}),
    # One version of the page requires input_urls; the other, and both tables of models, image_urls.
    ("a reference", AIG, {"reference_images": [REF]}, {
        "model": "gpt-image-2-image-to-image", "input": {**PROMPT, "image_urls": [REF]},
    }),
    ("a reference", AKOOL, {"reference_images": [REF]}, {**PROMPT, "source_images": [REF]}),
    ("a reference", GPT, {"reference_images": [REF]}, {"model": "gpt-image-2", **PROMPT, "inputImageUrls": [REF]}),
    ("no references", XING, {"reference_images": []}, {"model": "gpt-image-2", **PROMPT}),
    ("no references", AIG, {"reference_images": []}, {"model": "gpt-image-2-text-to-image", "input": PROMPT}),
    ("no references", AKOOL, {"reference_images": []}, PROMPT),
    ("no references", GPT, {"reference_images": []}, {"model": "gpt-image-2", **PROMPT}),
    ("a ratio", XING, {"aspect_ratio": "21:9"}, {"model": "gpt-image-2", **PROMPT, "ratio": "21:9"}),
    # "Common ones" only: the list is not closed.
    ("a ratio", AIG, {"aspect_ratio": "7:5"}, {
        "model": "gpt-image-2-text-to-image", "input": {**PROMPT, "aspect_ratio": "7:5"},
    }),
    ("a ratio", AKOOL, {"aspect_ratio": "9:16"}, {**PROMPT, "scale": "9:16"}),
    ("a ratio", GPT, {"aspect_ratio": "auto"}, {"model": "gpt-image-2", **PROMPT, "aspectRatio": "auto"}),
    ("everything", XING,
        {"model": "gpt-image-2-r", "aspect_ratio": "3:2", "resolution": "1K", "size": "1536x1024", "quality": "low",
         "reference_images": [REF, REF_2]},
        {"model": "gpt-image-2-r", **PROMPT, "ratio": "3:2", "resolution": "1k", "size": "1536x1024", "quality": "low",
         "image_urls": [REF, REF_2]}),
    ("everything", AIG,
        {"model": "gpt-image-2-image-to-image", "aspect_ratio": "4:5", "resolution": "2k", "quality": "high",
         "reference_images": [REF, REF_2], "idempotency_key": "order-7"},
        {"model": "gpt-image-2-image-to-image", "input": {
            **PROMPT, "aspect_ratio": "4:5", "resolution": "2K", "quality": "high", "image_urls": [REF, REF_2]}}),
    ("everything", AKOOL,
        {"model": "wavespeed-ai/flux-kontext-dev", "aspect_ratio": "Original", "resolution": "4K",
         "reference_images": [REF], "negative_prompt": "blurry", "webhook_url": "https://example.com/hook"},
        {"model_name": "wavespeed-ai/flux-kontext-dev", **PROMPT, "scale": "Original", "resolution": "4k",
         "source_images": [REF], "negative_prompt": "blurry", "webhookurl": "https://example.com/hook"}),
    ("everything", GPT,
        {"model": "google/nano-banana", "aspect_ratio": "2:1", "reference_images": [REF, REF_2]},
        {"model": "google/nano-banana", **PROMPT, "aspectRatio": "2:1", "inputImageUrls": [REF, REF_2]}),
    ("extra", XING, {"extra": {"seed": 7, "x": {"y": [None]}}}, {
        "model": "gpt-image-2", **PROMPT, "seed": 7, "x": {"y": [None]},
    }),
    # "All model parameters go inside input."
    ("extra", AIG, {"extra": {"output_format": "png"}}, {
        "model": "gpt-image-2-text-to-image", "input": {**PROMPT, "output_format": "png"},
    }),
    ("extra", AKOOL, {"extra": {"batch_quantity": 1, "similar": 0.3}}, {
        **PROMPT, "batch_quantity": 1, "similar": 0.3,
    }),
    ("extra", GPT, {"extra": {"resolution": "2K", "providerInput": {"a": 1}}}, {
        "model": "gpt-image-2", **PROMPT, "resolution": "2K", "providerInput": {"a": 1},
    }),
    ("extra that says the same", XING, {"aspect_ratio": "1:1", "extra": {"ratio": "1:1"}}, {
        "model": "gpt-image-2", **PROMPT, "ratio": "1:1",
    }),
]
# fmt: on


@table(
    ("provider", "asked", "body"),
    [pytest.param(*case, id=f"{case[0]}-{name}") for name, *case in BODIES],
)
def test_a_request_is_written_as_the_vendor_spells_it(
    submit, provider, asked, body
) -> None:
    assert submit(provider, ImageRequest("a lighthouse", **asked)) == body


@table("spelled", ["2k", "2K"])
@table(("provider", "wire"), [(XING, "2k"), (AIG, "2K")])
def test_a_resolution_is_spelled_the_vendor_s_way(
    submit, provider, wire, spelled
) -> None:
    """xingchaoyiqing: 1k, 2k, 4k. aigptimage: 1K, 2K, 4K."""
    body = submit(provider, ImageRequest("a lighthouse", resolution=spelled))
    assert (body.get("input") or body)["resolution"] == wire


@table("spelled", ["1080p", "1080P"])
def test_a_resolution_of_akool_is_spelled_in_lower_case(submit, spelled) -> None:
    body = submit(AKOOL, ImageRequest("a lighthouse", resolution=spelled))
    assert body["resolution"] == "1080p"


def test_an_empty_list_is_sent_where_the_caller_insists(submit) -> None:
    """xingchaoyiqing: the sister page shows `image_urls: []` as valid."""
    body = submit(XING, ImageRequest("a lighthouse", extra={"image_urls": []}))
    assert body["image_urls"] == []


def test_a_request_is_not_changed_by_its_submit(submit) -> None:
    extra = {"x": {"y": 1}}
    request = ImageRequest("a lighthouse", extra=extra, reference_images=[REF])
    before = copy.deepcopy(request)
    submit(AIG, request)
    assert request == before
    assert extra == {"x": {"y": 1}}


CALLS = [
    example
    for of in (*SUBMITS.values(), operation(GPT, "generateVideo"))
    for example in requests(of)
]


@table("example", CALLS, ids=str)
def test_a_documented_call_passes_the_check_before_sending(example) -> None:
    provider, id = example.operation.provider, example.operation.id
    ADAPTERS[provider].spec.check_body(id, example.value)


@table("example", CALLS, ids=str)
def test_a_documented_call_can_be_said_in_our_words(submit, example) -> None:
    provider, name = example.operation.provider, str(example)
    vendor = VENDORS[provider]
    if name not in vendor.not_said:
        assert name in vendor.said, f"tests/vendors/{provider}.py lacks said[{name!r}]"
        assert submit(provider, vendor.said[name]) == example.value


# ---- What is not sent ------------------------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "aspect_ratio": "1:1",
    "resolution": "4k",
    "size": "1024x1024",
    "quality": "high",
    "reference_images": [REF],
    "negative_prompt": "blurry",
    "seed": 7,
    "webhook_url": "https://example.com/hook",
    "idempotency_key": "order-7",
}


@table(
    ("provider", "field"),
    [(p, f) for p in PROVIDERS for f in VALUES if f not in EXPRESSIBLE[p]],
)
def test_what_an_api_has_no_word_for_is_unsupported(refuse, provider, field) -> None:
    request = ImageRequest("a lighthouse", **{field: VALUES[field]})
    words = refuse(UnsupportedRequest, provider, request)
    assert words.startswith(f"{provider}: ")
    assert field in words


@table("provider", PROVIDERS)
def test_a_submit_makes_one_task(refuse, provider) -> None:
    words = refuse(UnsupportedRequest, provider, ImageRequest("a lighthouse", count=2))
    assert provider in words
    assert "2" in words


@table(
    ("provider", "extra"),
    [
        (XING, {"prompt": "another"}),
        (XING, {"model": "gpt-image-2-r"}),
        (AIG, {"prompt": "another"}),
        (AKOOL, {"prompt": None}),
        (GPT, {"model": "nano-banana-2"}),
    ],
)
def test_a_field_is_not_said_in_two_ways(refuse, provider, extra) -> None:
    words = refuse(
        UnsupportedRequest, provider, ImageRequest("a lighthouse", extra=extra)
    )
    assert repr(next(iter(extra))) in words


def test_akool_uses_one_reference_image(refuse) -> None:
    """Of its source images "only the first is used": one that would be ignored is refused."""
    request = ImageRequest("a lighthouse", reference_images=[REF, REF_2])
    assert "2" in refuse(UnsupportedRequest, AKOOL, request)


@table("quantity", [2, 4])
def test_akool_makes_no_batch_by_the_back_door(refuse, quantity) -> None:
    request = ImageRequest("a lighthouse", extra={"batch_quantity": quantity})
    assert "batch" in refuse(UnsupportedRequest, AKOOL, request)


def refs(count: int) -> dict[str, Any]:
    return {"reference_images": [f"https://example.com/{n}.png" for n in range(count)]}


# fmt: off
R = {"model": "gpt-image-2-r"}
ONLY_SIX = "4k needs one of the ratios 16:9, 9:16, 2:1, 1:2, 21:9, 9:21"
MAN, WOMAN, *OTHERS = MEITU["people_type"]
SWAPPED = [WOMAN, MAN, *OTHERS]
M = {"model": "meitu/yunxiu-pro/image-to-image"}
FORBIDDEN: list[tuple[str, dict[str, Any], list[str]]] = [
    (XING, {"resolution": "4k", "aspect_ratio": "4:3"}, ["ratio", "'4:3'", ONLY_SIX]),
    (XING, {"resolution": "4K", "aspect_ratio": "1:1"}, ["ratio", "'1:1'", ONLY_SIX]),
    (XING, {"resolution": "4k"}, ["ratio is missing", ONLY_SIX]),  # the default ratio would be 1:1
    (XING, {**R, "resolution": "2k"}, ["resolution", "'2k'", "gpt-image-2-r renders at 1k only"]),
    (XING, {**R, "resolution": "4k", "aspect_ratio": "16:9"}, ["resolution", "gpt-image-2-r renders at 1k only"]),
    (XING, refs(7), ["image_urls", "7", "at most 6"]),
    (XING, {**R, **refs(17)}, ["image_urls", "17", "at most 16"]),
    (XING, {"size": "1000x1000"}, ["size", "1000x1000", "multiples of 16"]),
    (XING, {"size": "1024x1000"}, ["size", "multiples of 16"]),
    (XING, {"size": "3840x3840"}, ["size", "14745600 pixels", "8294400"]),
    (XING, {"size": "3840x2176"}, ["size", "8355840 pixels", "8294400"]),
    (XING, {"size": "800x800"}, ["size", "640000 pixels", "655360"]),
    (XING, {"size": "3840x1264"}, ["size", "3 times"]),
    (XING, {"size": "1024x3088"}, ["size", "3 times"]),
    (XING, {"size": "3856x1536"}, ["size", "3856x1536"]),  # an edge over 3840
    (XING, {"size": "1024"}, ["size", "'1024'", "form"]),
    (XING, {"size": "1024X1024"}, ["size", "form"]),
    (XING, {"size": "1024x1024\n"}, ["size", "form"]),
    (XING, {"size": "16:9"}, ["size", "form"]),
    (XING, {"size": "1\N{ARABIC-INDIC DIGIT ZERO}24x1024"}, ["size", "form"]),
    (XING, {"size": ""}, ["size", "form"]),
    (XING, {"quality": "ultra"}, ["quality", "'ultra'", "low, medium, high"]),
    (XING, {"model": "dall-e-3"}, ["model", "'dall-e-3'", "gpt-image-2, gpt-image-2-r"]),
    (XING, {"reference_images": ["https://a b"]}, ["image_urls[0]", "uri"]),
    (XING, {"extra": {"image_urls": [7]}}, ["image_urls[0]", "string"]),
    (XING, {"extra": {"x": float("nan")}}, ["JSON"]),
    (XING, {"extra": {"x": {1, 2}}}, ["JSON"]),

    (AIG, {"prompt": LARGE}, ["input.prompt", "20001 characters", "at most 20000"]),
    (AIG, {"prompt": LARGE, "reference_images": [REF]}, ["input.prompt", "20001 characters", "at most 20000"]),
    (AIG, {"extra": {"resolution": "8K"}}, ["input.resolution", "'8K'", "1K, 2K, 4K"]),
    (AIG, {"model": "gpt-image-2-image-to-image"}, ["at least one source image", "input_urls, image_urls or image_input"]),
    (AIG, {"model": "gpt-image-2-image-to-image", "extra": {"image_urls": []}}, ["input.image_urls", "at least 1"]),
    (AIG, {"model": "gpt-image-2-image-to-image", "extra": {"input_urls": ["http://example.com/a.png"]}},
        ["input.input_urls[0]"]),  # "public https only"
    (AIG, {"model": "gpt-image-2"}, ["model", "'gpt-image-2'"]),
    (AIG, {"reference_images": ["https://a b"]}, ["input.image_urls[0]", "uri"]),
    (AIG, {"extra": {"quality": 7}}, ["input.quality", "string"]),

    (AKOOL, {"prompt": ""}, ["prompt is missing", "prompt is required unless"]),
    (AKOOL, {"aspect_ratio": "Original"}, ["source_images", "scale Original needs source_images"]),
    (AKOOL, {"model": "gpt-image-2"}, ["model_name", "'gpt-image-2'"]),
    (AKOOL, {"extra": {"similar": 1.5}}, ["similar", "1.5", "at most 1"]),
    (AKOOL, {"extra": {"similar": -0.5}}, ["similar", "-0.5", "at least 0"]),
    (AKOOL, {"extra": {"parameter": MEITU}}, ["model_name", "meitu/yunxiu-pro/image-to-image"]),
    # "Required only for meitu/yunxiu-pro/image-to-image", with "one public source image URL".
    (AKOOL, M, ["parameter is missing", "source_images is missing", "needs parameter"]),
    (AKOOL, {**M, "extra": {"parameter": MEITU}}, ["source_images is missing"]),
    (AKOOL, {**M, "reference_images": [REF]}, ["parameter is missing"]),
    (AKOOL, {**M, "reference_images": [REF], "extra": {"parameter": {}}},
        ["parameter.people_type is missing", "parameter.all_params is missing"]),
    (AKOOL, {**M, "reference_images": [REF], "extra": {"parameter": MEITU | {"people_type": SWAPPED}}},
        ["people_type", "in the documented order"]),
    (AKOOL, {**M, "reference_images": [REF], "extra": {"parameter": MEITU | {"all_params": {"exposure": "20"}}}},
        ["all_params", "whole number"]),
    (AKOOL, {"model": "meitu/yunxiu-pro/image-to-image", "reference_images": ["https://127.0.0.1/a.png"]},
        ["source_images[0]", "named host"]),
    (AKOOL, {"webhook_url": "example.com"}, ["webhookurl", "uri"]),
    (AKOOL, {"reference_images": ["https://a b"]}, ["source_images[0]", "uri"]),

    (GPT, refs(5), ["inputImageUrls", "5", "at most 4"]),
    (GPT, {"model": "nano-banana-2", **refs(15)}, ["inputImageUrls", "15", "at most 14"]),
    (GPT, {"model": "nano-banana-pro", **refs(9)}, ["inputImageUrls", "9", "at most 8"]),
    (GPT, {"model": "google/nano-banana", **refs(11)}, ["inputImageUrls", "11", "at most 10"]),
    (GPT, {"prompt": LARGE}, ["prompt", "20001 characters", "at most 20000"]),
    (GPT, {"model": "nano-banana-2", "prompt": LARGE}, ["prompt", "at most 20000"]),
    (GPT, {"model": "nano-banana-pro", "prompt": "x" * 10_001}, ["prompt", "at most 10000"]),
    (GPT, {"model": "google/nano-banana", "prompt": "x" * 5_001}, ["prompt", "at most 5000"]),
    (GPT, {"model": "gpt-image-3"}, ["model", "'gpt-image-3'", "nano-banana-2"]),
    (GPT, {"reference_images": ["https://a b"]}, ["inputImageUrls[0]", "uri"]),
]
ALLOWED: list[tuple[str, dict[str, Any]]] = [
    # "size wins over resolution and ratio": the rules of the two hold without it only.
    (XING, {"size": "1024x1024", "resolution": "4k", "aspect_ratio": "4:3"}),
    (XING, {"size": "1024x1024", "resolution": "4k"}),
    (XING, {**R, "size": "2048x2048", "resolution": "2k"}),
    *((XING, {"size": size}) for size in (  # the page's own sizes
        "1024x1024", "1536x1024", "1024x1536", "2048x2048", "2048x1152", "3840x2160", "2160x3840",
    )),
    (XING, {"size": "1408x480"}),  # 675840 pixels, 2.93 to 1
    (XING, {"size": "3840x1280"}),  # 3 to 1
    (XING, {"size": "1024x640"}),  # 655360 pixels
    (XING, {**R, "quality": "high"}),  # "ignored for gpt-image-2-r"
    # "Required beside resolution", and "defaults to 1:1": the page says both.
    (XING, {"resolution": "2k"}),
    (XING, {"aspect_ratio": "4:3"}),
    *((XING, {"resolution": "4k", "aspect_ratio": r}) for r in ("16:9", "9:16", "2:1", "1:2", "21:9", "9:21")),
    (XING, {**R, "resolution": "1k", "aspect_ratio": "4:5"}),
    (XING, refs(6)),
    (XING, {**R, **refs(16)}),
    (XING, {"prompt": LARGE}),  # no maximum is documented
    (XING, {"prompt": ""}),
    (AIG, {"prompt": "x" * 20_000}),
    (AIG, {"prompt": "\N{SLICE OF PIZZA}" * 20_000}),
    (AIG, {"resolution": "4k", "aspect_ratio": "4:3"}),  # no rule between the two is documented
    (AIG, {"reference_images": ["http://example.com/a.png"]}),  # https is documented for input_urls only
    (AIG, refs(40)),
    (AIG, {"quality": "anything"}),
    (AIG, {"model": "gpt-image-2-image-to-image", "extra": {"input_urls": ["HTTPS://example.com/a.png"]}}),
    (AKOOL, {"prompt": LARGE}),
    (AKOOL, {"model": "wavespeed-ai/flux-krea-dev-lora", "reference_images": [REF]}),  # not said to be wrong
    (AKOOL, {"aspect_ratio": "Original", "reference_images": [REF]}),
    (AKOOL, {**M, "prompt": "", "reference_images": [REF], "extra": {"parameter": MEITU}}),
    (AKOOL, {**M, "prompt": "", "reference_images": [REF], "extra": {"parameter": MEITU | {"all_params": {}}}}),
    (AKOOL, {"extra": {"similar": 0}}),
    (AKOOL, {"extra": {"similar": 1}}),
    (GPT, refs(4)),
    (GPT, {"model": "nano-banana-2", **refs(14)}),
    (GPT, {"model": "nano-banana-2", "aspect_ratio": "anything"}),  # its list is not documented
    (GPT, {"model": "google/nano-banana", "prompt": "x" * 5_000}),
]
# fmt: on


def asked(provider: str, given: dict[str, Any]) -> str:
    words = ", ".join(f"{k}={v}" for k, v in given.items() if k != "reference_images")
    pictures = given.get("reference_images", [])
    text = f"{provider}-{words}" + (f"-{len(pictures)} refs" if pictures else "")
    return text.encode("unicode_escape").decode()[:70]


@table(
    ("provider", "given", "words"),
    [pytest.param(*case, id=asked(*case[:2])) for case in FORBIDDEN],
)
def test_what_the_documentation_forbids_is_refused_by_field_and_rule(
    refuse, provider, given, words
) -> None:
    message = refuse(InvalidRequest, provider, ImageRequest(**PROMPT | given))
    assert message.startswith(f"{provider}: ")
    assert [word for word in words if word not in message] == []
    assert len(message) < 700
    assert "xxxx" not in message  # no prompt


@table(
    ("provider", "given"), [pytest.param(*case, id=asked(*case)) for case in ALLOWED]
)
def test_what_the_documentation_allows_or_leaves_open_is_sent(
    submit, provider, given
) -> None:
    submit(provider, ImageRequest(**PROMPT | given))


def test_all_broken_rules_are_named_at_once(refuse) -> None:
    request = ImageRequest(
        "a lighthouse", quality="ultra", model="dall-e-3", size="1x1"
    )
    message = refuse(InvalidRequest, XING, request)
    assert all(field in message for field in ("quality", "model", "size"))


@table(
    "key",
    [
        "\N{LATIN SMALL LETTER E WITH ACUTE}",
        "a\nb",
        "a\r\nX: y",
        "\0",
        " a",
        "a ",
        "\x7f",
    ],
    ids=repr,
)
def test_an_idempotency_key_that_no_header_can_carry_is_refused(connect, key) -> None:
    """Before anything is sent, so that nobody has to wonder whether it was accepted."""
    script = Script(accepted(AIG))
    request = ImageRequest("a lighthouse", idempotency_key=key)
    with pytest.raises((InvalidRequest, UnsupportedRequest), match="idempotency_key"):
        connect(script).submit(AIG, request)
    assert script.sent == 0


@table("id", [".", "..", "../../v1/image2/images"])
@table("provider", PROVIDERS)
def test_an_id_leads_nowhere_else(connect, provider, id) -> None:
    """A path with `.` or `..` in it is another path. Such an id is asked for as it is, or not at all."""
    script = Script(finished(provider))
    try:
        with suppress(MalformedResponse):  # it tells of another task
            connect(script).fetch(provider, id)
    except ValueError:
        assert script.sent == 0
    else:
        [sent] = script.requests
        before, _, after = VENDORS[provider].status_url.partition("task%2F1")
        assert str(sent.url) == before + id.replace("/", "%2F") + after


@table("provider", [p for p in PROVIDERS if VENDORS[p].models])
def test_an_empty_model_is_no_default_model(refuse, provider) -> None:
    assert "model" in refuse(
        InvalidRequest, provider, ImageRequest("a lighthouse", model="")
    )
