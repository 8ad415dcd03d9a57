"""Where fields of ours go that no vendor so far has there: a size in two fields, a model in the path, limits left out."""

from __future__ import annotations

from typing import Any

import pytest
from imagetasks import ImageRequest, InvalidRequest, UnsupportedRequest
from imagetasks._specs.spec import Limit, Spec
from imagetasks.providers._mapping import RequestMapping
from imagetasks.providers._spelling import read_edges
from imagetasks_mock.outside.pictures import picture_size
from imagetasks_mock.specs.schemas import Schemas

EDGE = {"type": "integer", "minimum": 64, "maximum": 1024, "multipleOf": 32}
BODY = {
    "type": "object",
    "properties": {
        "width": EDGE | {"x-documented-default": 512},
        "height": EDGE | {"x-documented-default": 384},
        "is_public": {"type": "boolean", "x-documented-default": False},
    },
    "x-size-rules": {
        "edges": ["width", "height"],
        "max-pixels": 786_432,
        "max-aspect": 3,
    },
}
MODEL = {"enum": ["fine", "broad"], "x-documented-default": "fine"}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/{brush}/jobs": {
            "parameters": [{"$ref": "#/components/parameters/Brush"}],
            "post": {
                "operationId": "createJob",
                "requestBody": {"content": {"application/json": {"schema": BODY}}},
            },
        }
    },
    "components": {
        "parameters": {
            "Brush": {
                "name": "brush",
                "in": "path",
                "schema": {"$ref": "#/components/schemas/Brush"},
            }
        },
        "schemas": {"Brush": MODEL},
    },
    "x-rate-limits": {
        "limits": {"createJob": [{"requests": 20, "seconds": 10}]},
        "tiers": {
            "free": {"createJob": [{"requests": 6, "seconds": 60}], "activeTasks": 2},
            "paid": {"activeTasks": 24},
        },
    },
}
SPEC = Spec("vendor", DOCUMENT)
MAPPING = RequestMapping(
    SPEC,
    "createJob",
    {"model": "path brush", "size": "/width x /height", "extra": ""},
)


def broken(body: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as caught:
        SPEC.check_body("createJob", body)
    return str(caught.value).removeprefix("vendor: ")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"width": 100}, "width is 100, it must be a multiple of 32"),
        ({"width": 2048}, "width is 2048, at most 1024 is allowed"),
        ({"height": 32}, "height is 32, at least 64 is allowed"),
        ({"width": 1024, "height": 1024}, "size is 1024x1024: 1048576 pixels in all, it must be 0 to 786432"),
        ({"width": 1024, "height": 64}, "size is 1024x64: the long edge may be at most 3 times the short one"),
    ],
)  # fmt: skip
def test_a_size_of_two_fields_is_refused_in_words(body, words) -> None:
    assert broken(body) == words
    assert Schemas(DOCUMENT).violations(body, BODY) != []


@pytest.mark.parametrize("body", [{}, {"width": 1024}, {"width": 768, "height": 1024}])
def test_what_the_rules_leave_open_is_sent(body) -> None:
    SPEC.check_body("createJob", body)
    assert Schemas(DOCUMENT).violations(body, BODY) == []


@pytest.mark.parametrize(
    "size", ["1024", "16:9", "1024x", "x", "", "1024X768", "1e3x768", "10x10\n", "\u0661x1"]
)  # fmt: skip
def test_a_size_without_two_numbers_cannot_be_said_in_two_fields(size) -> None:
    with pytest.raises(UnsupportedRequest, match="width and height"):
        read_edges("vendor", size)


def test_a_size_of_two_fields_has_the_default_of_both() -> None:
    known = MAPPING.capabilities(MAPPING.models, MAPPING.default_model)["size"]
    assert (known.sent_as, known.values) == ("/width x /height", None)
    assert known.default == "512x384"


def test_a_model_in_the_path_has_values_and_default_of_its_parameter() -> None:
    known = MAPPING.capabilities(MAPPING.models, MAPPING.default_model)["model"]
    assert (known.values, known.default) == (("fine", "broad"), "fine")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("felt", "model is 'felt', not one of fine, broad"),
        (None, "model is missing"),
        ("", "model is '', which no path can hold"),
        ("..", "model is '..', which no path can hold"),
    ],
)
def test_a_model_that_the_path_cannot_have_is_refused_in_our_words(
    model, words
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        MAPPING.check_path(ImageRequest("x", model=model))
    assert str(caught.value) == f"vendor: {words}"


@pytest.mark.parametrize(
    ("required", "sent"), [(["kind"], "fine"), ([], None), (["width"], None)]
)
def test_a_documented_default_is_sent_where_the_body_needs_a_model(
    required, sent
) -> None:
    """Else the vendor's own default holds, which is shown all the same."""
    body = {"$ref": "#/components/schemas/Job"}
    job = {"required": required, "properties": {"kind": {"$ref": "#/components/schemas/Brush"}}}  # fmt: skip
    content = {"application/json": {"schema": body}}
    document = {
        "paths": {"/": {"post": {"operationId": "new", "requestBody": {"content": content}}}},
        "components": {"schemas": {"Brush": MODEL, "Job": job}},
    }  # fmt: skip
    mapping = RequestMapping(Spec("vendor", document), "new", {"model": "/kind"})
    assert mapping.default_model == sent
    assert mapping.capabilities(mapping.models, sent)["model"].default == "fine"


def test_a_price_asks_no_path() -> None:
    assert MAPPING.price({"width": 64}) is None


def test_a_documented_default_may_be_false() -> None:
    assert SPEC.field("createJob", "/is_public", {}).default is False


def test_a_limit_that_no_page_states_is_none() -> None:
    assert SPEC.limits("createJob", "free") == (Limit(6, 60),)
    assert SPEC.limits("createJob", "paid") == ()
    assert SPEC.limits("getJob", "free") == SPEC.limits("getJob", None) == ()


def test_a_key_without_a_tier_has_limits_too_where_a_page_states_them() -> None:
    assert SPEC.limits("createJob", None) == (Limit(20, 10),)


@pytest.mark.parametrize(
    ("body", "size"),
    [
        ({"width": 640, "height": 384}, (640, 384)),
        ({"width": 640}, (1024, 1024)),
        ({"width": 0, "height": 384}, (1024, 1024)),
        ({"width": 9000, "height": 9000}, (1024, 1024)),
        ({"size": "640x384", "width": 64, "height": 64}, (640, 384)),
    ],
)
def test_the_mock_draws_what_two_fields_ask_for(body, size) -> None:
    assert picture_size(body) == size
