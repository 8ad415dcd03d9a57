"""`make generate` says a spec right, or refuses it and names the place."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from failure import Failure
from support.small_specs import KEY, LEAF, Build, answer, build, edited, ref, small_spec
from support.table import table

pytestmark = pytest.mark.long

__all__ = ["build"]

Json = Any
SCHEME = "/components/securitySchemes/key"
_NUMBERS = itertools.count()
LEAVES = "/paths/~1leaf/get"
FLOWS = {
    "clientCredentials": {"tokenUrl": "https://vendor.example/token", "scopes": {}}
}


def with_scheme(scheme: Json) -> Json:
    return edited(SCHEME, scheme)


# ---- Said right ------------------------------------------------------------------------------------------------------


BEARER = {"type": "http", "scheme": "bearer"}
IN_HEADER = {"type": "apiKey", "in": "header", "name": "X-Key"}
SENT: dict[str, tuple[Json, dict[str, str]]] = {
    "bearer": (BEARER, {"authorization": f"Bearer {KEY}"}),
    "Bearer": (
        {"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"},
        {"authorization": f"Bearer {KEY}"},
    ),
    "a header": (IN_HEADER, {"x-key": KEY}),
    "Authorization": (
        {"type": "apiKey", "in": "header", "name": "Authorization"},
        {"authorization": KEY},
    ),
}


@table(("scheme", "headers"), SENT.values(), ids=SENT)
def test_a_key_is_sent_as_its_scheme_says(
    build: Build, scheme: Json, headers: dict[str, str]
) -> None:
    request = build(with_scheme(scheme)).send("leaves", "get_leaf")
    sent = {n: request.headers[n] for n in ("authorization", "x-key") if n in request.headers}  # fmt: skip
    assert sent == headers
    assert request.url.query == b""
    assert "cookie" not in request.headers


OTHER = {
    "header": IN_HEADER,
    "bearer": BEARER,
    "query": {"type": "apiKey", "in": "query", "name": "k"},
}


@pytest.mark.long
@table(
    "security",
    [
        [{"header": []}],
        [{"header": []}, {"bearer": []}],
        [{"query": []}, {"header": []}],
        [{}, {"header": []}],
        [{"header": [], "bearer": []}, {"header": []}],
    ],
    ids=str,
)
def test_of_several_ways_the_first_that_a_client_knows_is_taken(
    build: Build, security: Json
) -> None:
    spec = edited("/components/securitySchemes", OTHER)
    request = build(edited("/security", security, spec)).send("leaves", "get_leaf")
    assert request.headers["x-key"] == KEY
    assert "authorization" not in request.headers


@pytest.mark.long
@table(
    "security", [[], [{}], [{"bearer": []}, {"header": []}], [{"same": []}]], ids=str
)
def test_an_operation_may_take_the_usual_key_or_none(
    build: Build, security: Json
) -> None:
    spec = edited("/components/securitySchemes", OTHER | {"same": IN_HEADER})
    spec = edited("/security", [{"header": []}], spec)
    request = build(edited(f"{LEAVES}/security", security, spec)).send("leaves", "get_leaf")  # fmt: skip
    assert request.headers["x-key"] == KEY


def test_a_discriminator_with_constants_finds_its_model(build: Build) -> None:
    def variant(kind: str) -> Json:
        fields = {"kind": {"type": "string", "const": kind}, kind: ref("Leaf")}
        return {"type": "object", "required": ["kind"], "properties": fields}

    either = {
        "oneOf": [ref("Image"), ref("Video")],
        "discriminator": {"propertyName": "kind"},
    }
    holder = {"type": "object", "required": ["it"], "properties": {"it": either}}
    spec = small_spec(Image=variant("image"), Video=variant("video"), Holder=holder)
    package = build(spec)
    for kind in ("image", "video"):
        given = {"it": {"kind": kind, kind: {"a": "1"}}}
        read = package.model("Holder").from_dict(given)
        assert type(read.it) is package.model(kind.title())
        assert read.to_dict() == given


@pytest.mark.long
@table(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "string", "nullable": True},
        {"oneOf": [{"type": "string"}, {"type": "null"}]},
        {"type": ["string", "null"], "enum": ["v", None]},
        {"oneOf": [ref("Word"), {"type": "null"}]},
    ],
    ids=str,
)
@table("value", ["v", None, ...], ids=["text", "null", "left-out"])
def test_null_and_nothing_are_kept_apart(
    build: Build, schema: Json, value: str | None
) -> None:
    word = {"type": "string", "enum": ["v"]}
    held = {"type": "object", "properties": {"x": schema}}
    model = build(small_spec(Word=word, Held=held)).model("Held")
    given = {} if value is ... else {"x": value}
    assert model.from_dict(given).to_dict() == given


def test_what_the_vendor_sends_and_validators_read_may_say_anything(
    build: Build,
) -> None:
    spec = small_spec()
    content = {"application/json": {"schema": {"properties": {"x": True}}}}
    call = {"post": {"requestBody": {"content": content}, "responses": {}}}
    spec["webhooks"] = {"done": call}
    spec["paths"]["/leaf"]["get"]["callbacks"] = {
        "done": {"{$url}": {"$ref": "#/webhooks/done"}}
    }
    rule = {"then": {"properties": {"a": False, "b": {"const": ["x"]}}}, "not": True}
    spec["components"]["schemas"]["Leaf"] |= {"if": {"required": ["b"]}, **rule}
    assert build(spec).send("leaves", "get_leaf").url.path == "/leaf"


# ---- Refused ---------------------------------------------------------------------------------------------------------


def operation(**more: Json) -> Json:
    return {"operationId": "more", "responses": answer(ref("Leaf")), **more}


def parameter(place: str, schema: Json, **more: Json) -> Json:
    return [{"name": "x", "in": place, "schema": schema, **more}]


def body(kind: str, schema: Json, **more: Json) -> Json:
    return operation(requestBody={"content": {kind: {"schema": schema, **more}}})


TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
INSTANT = {"type": "string", "format": "date-time"}
FORM = "application/x-www-form-urlencoded"
PARAMETERS = f"{LEAVES}/parameters"
MORE = "/paths/~1leaf/post"
CONTENT = f"{MORE}/requestBody/content"
LEAF_A = "/components/schemas/Leaf/properties/a"

# What is said, where, and the place and words of the refusal.
REFUSED: dict[str, tuple[str, Json, str]] = {
    "a key in a query": (
        SCHEME,
        {"type": "apiKey", "in": "query", "name": "key"},
        f"{SCHEME}/in: a key in a query would not be sent",
    ),
    "a key in a cookie": (
        SCHEME,
        {"type": "apiKey", "in": "cookie", "name": "key"},
        f"{SCHEME}/in: a key in a cookie would not be sent",
    ),
    "a header that is none": (
        SCHEME,
        {"type": "apiKey", "in": "header", "name": "X Key"},
        f"{SCHEME}/name: 'X Key' is no name of a header",
    ),
    "basic": (SCHEME, {"type": "http", "scheme": "basic"}, f"{SCHEME}/scheme: basic:"),
    "digest": (
        SCHEME,
        {"type": "http", "scheme": "Digest"},
        f"{SCHEME}/scheme: Digest:",
    ),
    "oauth2": (SCHEME, {"type": "oauth2", "flows": FLOWS}, f"{SCHEME}/type: oauth2:"),
    "openIdConnect": (
        SCHEME,
        {"type": "openIdConnect", "openIdConnectUrl": "https://vendor.example"},
        f"{SCHEME}/type: openIdConnect:",
    ),
    "mutualTLS": (SCHEME, {"type": "mutualTLS"}, f"{SCHEME}/type: mutualTLS:"),
    "a scheme elsewhere": (
        SCHEME,
        {"$ref": "#/components/securitySchemes/other"},
        f"{SCHEME}/$ref: this has to stand here itself",
    ),
    "no security": ("/security", [], "/security: name the scheme"),
    "security that asks for nothing": ("/security", [{}], "/security: name the scheme"),
    "security without its scheme": (
        "/security",
        [{"other": []}],
        "/security/0/other: no security scheme has this name",
    ),
    "two keys at once": (
        "/components/securitySchemes/second",
        {"type": "http", "scheme": "bearer"},
        "/security/0: a client has one key",
    ),
    "another key for an operation": (
        f"{LEAVES}/security",
        [{"other": []}],
        f"{LEAVES}/security/0/other: no security scheme has this name",
    ),
    "no server": ("/servers", [], "/servers: where is the API?"),
    "a server without its region": (
        "/servers",
        [{"url": "https://{region}.vendor.example"}],
        "/servers/0/url: region has no default",
    ),
    "a server of one operation": (
        f"{LEAVES}/servers",
        [{"url": "https://other.vendor.example"}],
        f"{LEAVES}/servers: a client asks the first",
    ),
    "a server of one path": (
        "/paths/~1leaf/servers",
        [{"url": "https://other.vendor.example"}],
        "/paths/~1leaf/servers: a client asks the first",
    ),
    "a path elsewhere": (
        "/paths/~1other",
        {"$ref": "#/components/pathItems/Other"},
        "/paths/~1other/$ref: this has to stand here itself",
    ),
    "a path without its parameter": (
        "/paths/~1leaf~1{id}",
        {"get": operation()},
        "/paths/~1leaf~1{id}/get: {id} stands in the path or in `parameters`",
    ),
    "a parameter without its path": (
        PARAMETERS,
        parameter("path", TEXT, required=True),
        f"{LEAVES}: {{x}} stands in the path or",
    ),
    "a cookie": (PARAMETERS, parameter("cookie", TEXT), f"{PARAMETERS}/0/in: a client sends no cookies"),
    "a list in a header": (PARAMETERS, parameter("header", TEXTS), f"{PARAMETERS}/0/schema: in a header a client cannot write array"),
    "an instant in a header": (PARAMETERS, parameter("header", INSTANT), f"{PARAMETERS}/0/schema: in a header a client cannot write a date-time"),
    "a boolean in a path": (
        "/paths/~1leaf~1{x}",
        {"get": operation(parameters=parameter("path", {"type": "boolean"}, required=True))},
        "/paths/~1leaf~1{x}/get/parameters/0/schema: in a path a client cannot write boolean",
    ),
    "an instant in a path": (
        "/paths/~1leaf~1{x}",
        {"parameters": parameter("path", INSTANT, required=True), "get": operation()},
        "/paths/~1leaf~1{x}/parameters/0/schema: in a path a client cannot write a date-time",
    ),
    "a list in one word": (PARAMETERS, parameter("query", TEXTS, explode=False), f"{PARAMETERS}/0/explode: "),
    "an object in brackets": (PARAMETERS, parameter("query", LEAF, style="deepObject"), f"{PARAMETERS}/0/style: a client writes form"),
    "reserved letters": (PARAMETERS, parameter("query", TEXT, allowReserved=True), f"{PARAMETERS}/0/allowReserved: "),
    "a parameter of a media type": (
        PARAMETERS,
        [{"name": "x", "in": "query", "content": {"application/json": {"schema": LEAF}}}],
        f"{PARAMETERS}/0: without a `schema` a client leaves it out",
    ),
    "a form with a file": (MORE, body("multipart/form-data", LEAF), f"{CONTENT}/multipart~1form-data: "),
    "a form with a list": (
        MORE,
        body(FORM, {"type": "object", "properties": {"x": TEXTS}}),
        f"{CONTENT}/application~1x-www-form-urlencoded/schema/properties/x: in a form a client cannot write array",
    ),
    "an encoding": (
        MORE,
        body(FORM, LEAF, encoding={"a": {"style": "form"}}),
        f"{CONTENT}/application~1x-www-form-urlencoded/encoding: ",
    ),
    "two kinds of answers": (
        f"{LEAVES}/responses/200/content/text~1plain",
        {"schema": TEXT},
        f"{LEAVES}/responses/200/content/text~1plain: a client reads the first kind only",
    ),
    "another file": (LEAF_A, {"$ref": "common.yaml#/A"}, f"{LEAF_A}/$ref: only what stands in /components/ has a class"),
    "a schema within another": (LEAF_A, {"$ref": "#/components/schemas/Leaf/properties/a"}, f"{LEAF_A}/$ref: only what stands"),
    "nothing there": (LEAF_A, ref("Missing"), f"{LEAF_A}/$ref: leads nowhere"),
    "words beside a reference": (LEAF_A, ref("Leaf") | {"properties": {}}, f"{LEAF_A}/$ref: beside it properties would be left out"),
    "anything": (LEAF_A, True, f"{LEAF_A}: the generator takes no true or false"),
    "no items": (LEAF_A, {"type": "array", "prefixItems": [TEXT], "items": False}, f"{LEAF_A}/items: the generator takes"),
    "a default": (LEAF_A, TEXT | {"default": "x"}, f"{LEAF_A}/default: generated clients would send it unasked"),
    "values of two types": (LEAF_A, {"enum": ["a", 1]}, f"{LEAF_A}/enum: a client knows lists of texts and of integers"),
    "values that are fractions": (LEAF_A, {"enum": [0.5, 1.5]}, f"{LEAF_A}/enum: "),
    "values that are booleans": (LEAF_A, {"enum": [True]}, f"{LEAF_A}/enum: "),
    "a value of another type": (LEAF_A, TEXT | {"enum": ["a", 1]}, f"{LEAF_A}/enum/1: 1 is no string"),
    "a constant of another type": (LEAF_A, TEXT | {"const": 7}, f"{LEAF_A}/const: 7 is no string"),
    "a constant list": (LEAF_A, {"const": ["x"]}, f"{LEAF_A}/const: a client compares texts"),
    "alternatives that are alike": (
        LEAF_A,
        {"oneOf": [ref("Leaf"), {"type": "object", "required": ["b"], "properties": {"b": TEXT, "a": TEXT}}]},
        f"{LEAF_A}/oneOf/1: what fits it is read as /components/schemas/Leaf",
    ),
    "a discriminator without constants": (
        LEAF_A,
        {"anyOf": [ref("Leaf"), LEAF | {"title": "Other"}], "discriminator": {"propertyName": "a"}},
        f"{LEAF_A}/anyOf/1: what fits it is read as",
    ),
}  # fmt: skip


@table(("place", "value", "message"), REFUSED.values(), ids=REFUSED)
def test_what_a_client_would_do_wrongly_is_refused(
    build: Build, place: str, value: Json, message: str
) -> None:
    spec = edited(place, value)
    if "second" in place:
        spec["security"] = [{"key": [], "second": []}]
    with pytest.raises(Failure) as refused:
        build(spec)
    file, *found = str(refused.value).splitlines()
    assert re.fullmatch(r"small_\d+\.yaml:", file)
    assert [line for line in found if line.startswith(message)], found


@table(
    ("was", "written", "message"),
    [
        ("ONE: {", "no: {", "/properties/False: YAML reads this name as False"),
        ("ONE: {", "1: {", "/properties/1: YAML reads this name as 1"),
        ("'200'", "200", "/responses/200: YAML reads this name as 200: put it"),
        ("enum: [ONE]", "enum: [16:9]", "/enum/0: 969 is no string: does it want"),
        ("enum: [ONE]", "enum: [ONE, on]", "/enum/1: True is no string"),
        ("const: ONE", "const: 1.5", "/const: 1.5 is no string"),
    ],
)
def test_what_yaml_makes_of_a_word_is_noticed(
    build: Build, was: str, written: str, message: str
) -> None:
    text = """
openapi: 3.1.0
info: {title: Small, version: 1.0.0}
servers: [{url: https://api.vendor.example}]
security: [{key: []}]
paths:
  /leaf: {get: {operationId: get, responses: {'200': {description: It}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    Leaf: {type: object, properties: {ONE: {type: string}}}
    Word: {type: string, enum: [ONE]}
    Fixed: {type: object, properties: {x: {type: string, const: ONE}}}
"""
    build.write(text, f"written_{next(_NUMBERS)}")
    assert was in text
    with pytest.raises(Failure) as refused:
        build.write(text.replace(was, written), "unread")
    assert message in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(build: Build) -> None:
    spec = edited(LEAF_A, TEXT | {"default": "x"}, with_scheme({"type": "mutualTLS"}))
    with pytest.raises(Failure) as refused:
        build(spec)
    assert len(str(refused.value).splitlines()) == 3
