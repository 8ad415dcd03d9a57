"""What an API can express: declared once, found there in what is sent, and refused where it is not declared."""

from __future__ import annotations

import copy
import json
import pickle
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import (
    Capability,
    Client,
    ImageRequest,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks._specs.schema import describe
from imagetasks.cli import program
from imagetasks.providers import PROVIDERS as ADAPTERS
from support.drivers import Script
from support.specs import (
    PROVIDERS,
    load,
    look_up,
    operation,
    request_validator,
    resolve,
    server_url,
)
from support.table import table
from typer.testing import CliRunner
from vendors import (
    AIG,
    AKOOL,
    EVERYWHERE,
    EXPRESSIBLE,
    GPT,
    KEY,
    REF,
    SUBMITS,
    VENDORS,
    XING,
    accepted,
    field_of,
    places,
)
from vendors.akool import MEITU

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "requests.md"

SAMPLES: dict[str, Any] = {
    "prompt": "a boat",
    "model": "a model",
    "mode": "text_to_video",
    "duration": 8,
    "aspect_ratio": "16:9",
    "resolution": "1k",
    "quality": "high",
    "reference_images": [REF],
    "first_image": REF,
    "negative_prompt": "blurry",
    "seed": 7,
    "webhook_url": "https://example.com/hook",
    "idempotency_key": "order-7",
    "extra": {"seed": 7},
}
VIDEO_MODELS = {  # that go with a first image, and without
    AIG: ("seedance-2.0-image-to-video", "seedance-2.0-fast-text-to-video"),
    GPT: ("wan/2-6-image-to-video", "veo3"),
}
VIDEO_FIELDS = {
    AIG: {"mode", "duration", "aspect_ratio", "resolution", "first_image", "idempotency_key"},
    GPT: {"mode", "duration", "aspect_ratio", "first_image"},
}  # fmt: skip
VIDEO_SUBMITS = {AIG: operation(AIG, "createTask"), GPT: operation(GPT, "generateVideo")}  # fmt: skip
KINDS = [
    *((provider, ImageRequest) for provider in PROVIDERS),
    *((provider, VideoRequest) for provider in VIDEO_MODELS),
]


def declared(provider: str, kind: type) -> dict[str, Capability]:
    with Client({provider: KEY}) as client:
        known = client.capabilities(provider)
    return dict((known.image if kind is ImageRequest else known.video) or {})


def asking(provider: str, kind: type, known: Capability) -> Any:
    """A request that says this field, and the value that it says."""
    value = VENDORS[provider].size if known.name == "size" else SAMPLES[known.name]
    if known.values and value not in known.values:
        value = known.values[-1]
    given: dict[str, Any] = {"prompt": "a lighthouse", known.name: value}
    if provider in VIDEO_MODELS and kind is VideoRequest and known.name != "model":
        given["model"] = VIDEO_MODELS[provider][known.name != "first_image"]
    if value == "image_to_video" or (given.get("model") or "").endswith(
        "image-to-video"
    ):
        given["first_image"] = REF
    if given.get("model") == "meitu/yunxiu-pro/image-to-image":
        given |= {"reference_images": [REF], "extra": {"parameter": MEITU}}
    if given.get("model") == "gpt-image-2-image-to-image":
        given["reference_images"] = [REF]
    return kind(**given), value


def place_of(sent: httpx.Request, provider: str, sent_as: str) -> Any:
    if sent_as.startswith("header "):
        return sent.headers[sent_as.removeprefix("header ")]
    if sent_as.startswith("path "):
        pattern = re.escape(server_url(provider) + SUBMITS[provider].path)
        parameter = re.escape(f"{{{sent_as.removeprefix('path ')}}}")
        found = re.fullmatch(pattern.replace(parameter, "(.+)"), str(sent.url))
        return found and found[1]
    body = json.loads(sent.content)
    in_each, _, name = sent_as.partition("/*/")
    if name:
        return [each[name] for each in look_up(body, in_each)]
    found = [look_up(body, place) for place in places(sent_as)]
    return found[0] if len(found) == 1 else "x".join(map(str, found))


@table(
    ("provider", "kind", "name"),
    [(p, kind, name) for p, kind in KINDS for name in declared(p, kind)],
)
def test_a_declared_field_is_found_at_its_place(connect, provider, kind, name) -> None:
    known = declared(provider, kind)[name]
    request, value = asking(provider, kind, known)
    script = Script(accepted(provider))
    connect(script).submit(provider, request)
    found = place_of(script.requests[0], provider, known.sent_as)
    if name == "extra":
        assert found.items() >= value.items()
    elif (provider, name) == (AIG, "mode"):
        assert found.endswith("text-to-video")
    else:
        assert found == value


@table(
    ("provider", "kind", "name"),
    [
        (p, kind, field.name)
        for p, kind in KINDS
        for field in fields(kind)
        if field.name not in declared(p, kind) and field.name != "count"
    ],
)
def test_a_field_that_is_not_declared_is_unsupported(
    connect, provider, kind, name
) -> None:
    known = Capability(name, "")
    request, _ = asking(provider, kind, known)
    script = Script(accepted(provider))
    with pytest.raises(UnsupportedRequest, match=name):
        connect(script).submit(provider, request)
    assert script.sent == 0


@table(("provider", "kind"), KINDS)
def test_what_is_declared_is_what_the_pages_say(provider, kind) -> None:
    said = EXPRESSIBLE if kind is ImageRequest else VIDEO_FIELDS
    assert declared(provider, kind).keys() - EVERYWHERE == said[provider]


@table("provider", [XING, AKOOL])
def test_no_videos_are_documented(connect, provider) -> None:
    assert declared(provider, VideoRequest) == {}
    script = Script(accepted(provider))
    with pytest.raises(UnsupportedRequest, match="no videos"):
        connect(script).submit(provider, VideoRequest("a boat"))
    assert script.sent == 0


@table(("provider", "kind"), KINDS)
def test_every_place_is_one_of_the_spec(provider, kind) -> None:
    submit = (SUBMITS if kind is ImageRequest else VIDEO_SUBMITS)[provider]
    others = [f"{one['in']} {one['name']}" for one in submit.described.get("parameters", ())]  # fmt: skip
    for known in declared(provider, kind).values():
        for place in places(known.sent_as):
            at = field_of(place)
            assert at in ("", "/input", *others) or at in documented(submit)


def documented(submit: Any) -> set[str]:
    """Pointers to all fields that a body may have, whichever model takes them."""
    content = submit.described["requestBody"]["content"]["application/json"]

    def walk(node: dict[str, Any], pointer: str) -> set[str]:
        node = resolve(submit.provider, node)
        found = {pointer} if pointer.count("/") else set()
        for shape in node.get("anyOf", ()):
            found |= walk(shape, pointer)
        if pointer.count("/") < 2 and pointer in ("", "/input"):
            for name, inner in node.get("properties", {}).items():
                found |= walk(inner, f"{pointer}/{name}")
        return found

    return walk(content["schema"], "")


@table("submit", [*SUBMITS.values(), VIDEO_SUBMITS[GPT]], ids=str)
def test_every_documented_field_of_a_submit_can_be_said(submit) -> None:
    """By a field of ours, or as one of the vendor's own in `extra`."""
    provider = submit.provider
    said = {
        field_of(place)
        for kind in (ImageRequest, VideoRequest)
        for known in declared(provider, kind).values()
        for place in places(known.sent_as)
    }
    into = declared(provider, ImageRequest)["extra"].sent_as
    said |= {f"{into}/{name}" for name in VENDORS[provider].extras}
    lacking = sorted(documented(submit) - said)
    assert not lacking, f"tests/vendors/{provider}.py: extras lacks {lacking}"


@table(
    ("provider", "request_"),
    [
        (AIG, ImageRequest("x", extra={"output_format": "png"})),
        (AIG, ImageRequest("x", model="gpt-image-2-image-to-image", extra={"input_urls": [REF]})),
        (AIG, ImageRequest("x", model="gpt-image-2-image-to-image", extra={"image_input": ["x"]})),
        (AIG, VideoRequest("", model="seedance-2.0-reference-to-video", extra={
            "reference_image_urls": [REF], "reference_video_urls": [REF], "reference_audio_urls": [REF]})),
        (AIG, VideoRequest("x", extra={"generate_audio": True, "web_search": True, "nsfw_checker": True})),
        (AKOOL, ImageRequest("x", reference_images=[REF], extra={"similar": 0.7, "batch_quantity": 1})),
        (GPT, ImageRequest("x", extra={"providerInput": {"seed": 7}})),
    ],
    ids=lambda value: value if isinstance(value, str) else ", ".join(value.extra),
)  # fmt: skip
def test_the_vendor_s_own_fields_go_where_they_are_documented(
    connect, provider, request_
) -> None:
    script = Script(accepted(provider))
    connect(script).submit(provider, request_)
    body = json.loads(script.requests[0].content)
    assert (body.get("input") or body).items() >= request_.extra.items()
    submit = VIDEO_SUBMITS if isinstance(request_, VideoRequest) else SUBMITS
    assert request_validator(submit[provider]).is_valid(body)


@table("nothing", [False, 0, ""])
def test_a_documented_default_may_be_false_zero_or_empty(nothing: Any) -> None:
    body = {"properties": {"draft": {"x-documented-default": nothing}}}
    assert describe(body, "/draft", {}).unless_given == nothing


def test_null_is_none_of_the_values() -> None:
    """It says as much as leaving the field out."""
    listed = {"type": ["string", "null"], "enum": ["1:1", None]}
    assert describe({"properties": {"ratio": listed}}, "/ratio", {}).values == ("1:1",)


def test_values_are_those_of_the_spec() -> None:
    """Once more by hand, from the pages."""
    xing, akool = declared(XING, ImageRequest), declared(AKOOL, ImageRequest)
    assert xing["resolution"] == Capability(
        "resolution", "/resolution", values=("1k", "2k", "4k"), default="1k"
    )
    assert xing["reference_images"].at_most == 6
    assert akool["resolution"].values == ("1080p", "4k")
    assert akool["reference_images"].at_most == 1  # "only the first"
    gpt = declared(GPT, ImageRequest)
    assert len(gpt["aspect_ratio"].values or ()) == 11
    assert gpt["model"].default == "gpt-image-2"
    aig = declared(AIG, VideoRequest)
    assert aig["resolution"].values == ("480p", "720p", "1080p")
    assert aig["aspect_ratio"].values is None  # "common" ones only
    assert all(name.endswith("-to-video") for name in aig["model"].values or ())


def test_a_provider_without_a_key_has_capabilities_too() -> None:
    with Client({AKOOL: KEY}) as client:
        assert client.capabilities(XING).provider == XING
        with pytest.raises(ValueError, match="midjourney"):
            client.capabilities("midjourney")


def test_the_table_that_make_readme_writes_is_what_the_command_prints() -> None:
    """Renewed with: make readme"""
    _, _, after = PAGE.read_text().partition("<!-- capabilities -->\n")
    table, _, _ = after.partition("<!-- /capabilities -->")
    printed = CliRunner().invoke(program(), ["providers", "--capabilities"])
    assert printed.exit_code == 0
    assert table == printed.stdout


def test_a_default_is_one_of_the_values_and_no_prompt_has_one() -> None:
    for adapter in ADAPTERS.values():
        known = adapter.capabilities
        for field in (*known.image.values(), *(known.video or {}).values()):
            is_open = field.default is None or field.values is None
            assert is_open or field.default in field.values
    assert load(AKOOL)["components"]["schemas"]["Scale"]["x-documented-default"] == "1:1"  # fmt: skip


@table("provider", PROVIDERS)
def test_capabilities_can_be_pickled_copied_and_written(provider: str) -> None:
    with Client({XING: KEY}) as client:
        known = client.capabilities(provider)
    assert pickle.loads(pickle.dumps(known)) == known
    assert copy.copy(known) == copy.deepcopy(known) == known
    assert json.loads(json.dumps(asdict(known)))["image"]["prompt"]["name"] == "prompt"


def test_who_changes_its_capabilities_changes_no_other_s() -> None:
    with Client({XING: KEY}) as client:
        client.capabilities(XING).image.clear()  # type: ignore[attr-defined]
        assert client.capabilities(XING).image["prompt"]
