"""Whatever a vendor calls its fields and parameters, a value comes through the generated client as it went in."""

from __future__ import annotations

import ast
import builtins
import inspect
import keyword
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest
from examples import spec_files
from failure import Failure
from support.small_specs import KEY, LEAF, Build, answer, build, edited, ref, small_spec

pytestmark = pytest.mark.long

__all__ = ["build"]

ROOT = Path(__file__).parents[2]
ODD = ["", "!!!", "1st", "-", "_", "_id", "__init__", "naïve", "日本", "a b", "x.y", "$ref-like", 'quo"te', "back\\slash", "{brace}"]  # fmt: skip

# A field's type, and a value of it: all that the templates of fields write code for.
TYPES: dict[str, tuple[Any, Any]] = {
    "text": ({"type": "string"}, "v"),
    "model": (ref("Leaf"), {"a": "1"}),
    "models": ({"type": "array", "items": ref("Leaf")}, [{"a": "1"}, {"a": "2"}]),
    "union": (
        {"oneOf": [ref("Leaf"), {"type": "array", "items": ref("Leaf")}]},
        [{"a": "1"}],
    ),
    "enum": (ref("Colour"), "red"),
    "instant": ({"type": "string", "format": "date-time"}, "2026-11-30T00:00:00+00:00"),
    "constant": ({"type": "string", "const": "k"}, "k"),
}
COLOUR = {"type": "string", "enum": ["red", "blue"]}


def names_in(code: Path) -> set[str]:
    """All that it calls anything."""
    found: set[str] = set()
    for file in code.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                    found.add(name)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found.add(name)
                case ast.alias(name=name, asname=other):
                    found.add(other or name.rpartition(".")[2])
    return found


def groups(build: Build, names: list[str]) -> list[list[str]]:
    """All of them, those that fall together in different groups."""
    found: list[dict[str, str]] = []
    for name, python in zip(names, build.generator.identifiers(names), strict=True):
        group = next((g for g in found if python not in g), None)
        if group is None:
            found.append(group := {})
        group[python] = name
    return [list(group.values()) for group in found]


RESERVED = {name for name in dir(builtins) if name.islower()} | set(keyword.kwlist)
MORE = {"d_", "id", "match", "type", "__init__", "__class__", "__slots__", "__dict__"}


@pytest.fixture(scope="module")
def words(build: Build) -> list[str]:
    """What generated code itself says, whatever it is about; and Python."""
    spec = small_spec(Colour=COLOUR)
    spec["components"]["schemas"]["Thing"] = {
        "type": "object",
        "properties": {
            f"zz{n}": schema for n, (schema, _) in enumerate(TYPES.values())
        },
        "additionalProperties": {"type": "array", "items": ref("Leaf")},
    }
    spec["paths"]["/leaf"]["get"]["parameters"] = [
        {"name": f"zz{place}", "in": place, "schema": {"type": "string"}}
        for place in ("query", "header")
    ]
    content = {"application/json": {"schema": ref("Thing")}}
    spec["paths"]["/leaf"]["get"]["requestBody"] = {"content": content}
    said = names_in(build(spec).folder)
    assert {"d", "cls", "cast", "field_dict", "to_dict", "Unset", "_kwargs"} <= said
    own = {w for w in said if "zz" not in w.lower() and not w.startswith("additional_property_")}  # fmt: skip
    return sorted(own | RESERVED | MORE) + ODD


@pytest.mark.long
@pytest.mark.parametrize("kind", TYPES)
def test_a_field_may_have_any_name(build: Build, words: list[str], kind: str) -> None:
    schema, value = TYPES[kind]
    spec = small_spec(Colour=COLOUR)
    all_of: dict[str, list[str]] = {}
    for n, names in enumerate(groups(build, words)):
        for model, required in ((f"Some{n}", []), (f"Whole{n}", names)):
            all_of[model] = names
            spec["components"]["schemas"][model] = {
                "type": "object",
                "properties": dict.fromkeys(names, schema),
                "required": required,
            }
    package = build(spec)
    for name, names in all_of.items():
        model, given = package.model(name), dict.fromkeys(names, value)
        read = model.from_dict({**given, "unheard of": 1})
        assert read.to_dict() == {**given, "unheard of": 1}
        assert read.additional_properties == {"unheard of": 1}
        assert read == model.from_dict(read.to_dict())
        if name.startswith("Some"):
            assert model().to_dict() == model.from_dict({}).to_dict() == {}


@pytest.mark.parametrize("place", ["query", "header", "path"])
@pytest.mark.parametrize("with_body", [True, False], ids=["body", "no-body"])
def test_a_parameter_may_have_any_name(
    build: Build, words: list[str], place: str, with_body: bool
) -> None:
    """All that HTTP lets stand there."""
    names = [word for word in words if word.isascii() and word.isidentifier()]
    if with_body:
        names.remove("body")
    spec = small_spec()
    called: dict[str, list[str]] = {}
    for n, group in enumerate(groups(build, names if place == "path" else [*names, "a-b", "x.y"])):  # fmt: skip
        required = place == "path" or n % 2 == 0
        operation = {
            "operationId": f"call{n}",
            "tags": ["calls"],
            "parameters": [{"name": name, "in": place, "required": required, "schema": {"type": "string"}} for name in group],
            "responses": answer(ref("Leaf")),
        }  # fmt: skip
        if with_body:
            content = {"application/json": {"schema": ref("Leaf")}}
            operation["requestBody"] = {"required": True, "content": content}
        path = "".join(f"/{{{name}}}" for name in group) if place == "path" else ""
        spec["paths"][f"/call{n}{path}"] = {"post": operation}
        called[f"call{n}"] = group
    package = build(spec)
    for name, group in called.items():
        module = package.module(f"api.calls.{name}")
        parameters = [p for p in inspect.signature(module.get_kwargs).parameters if p != "body" or not with_body]  # fmt: skip
        values = {python: f"v{n}" for n, python in enumerate(parameters)}
        body = {"body": package.model("Leaf")("sent")} if with_body else {}
        request = package.send("calls", name, **values, **body)
        expected = {n: f"v{i}" for i, n in enumerate(group)}
        if place == "query":
            assert dict(request.url.params) == expected
        elif place == "path":
            assert request.url.path == f"/{name}/{'/'.join(expected.values())}"
        else:
            assert {n: request.headers[n] for n in group} == expected
        assert request.content == (b'{"a":"sent"}' if with_body else b"")
        assert request.headers["authorization"] == f"Bearer {KEY}"


def test_a_parameter_is_written_as_its_type_says(build: Build) -> None:
    types = {
        "texts": {"type": "array", "items": {"type": "string"}},
        "colour": ref("Colour"),
        "since": {"type": "string", "format": "date-time"},
        "json_since": {"type": "boolean"},
        "page": {"type": "integer"},
    }
    types["json_till"] = types.pop("json_since")
    parameters = [{"name": n, "in": "query", "schema": s} for n, s in types.items()]
    path = "/paths/~1leaf/get/parameters"
    package = build(edited(path, parameters, small_spec(Colour=COLOUR)))
    request = package.send(
        "leaves",
        "get_leaf",
        texts=["a", "b"],
        colour=package.model("Colour").RED,
        since=datetime(2026, 11, 30, tzinfo=UTC),
        json_till=True,
        page=2,
    )
    assert request.url.query.decode() == (
        "texts=a&texts=b&colour=red&since=2026-11-30T00%3A00%3A00%2B00%3A00&page=2&json_till=true"
    )


def test_a_class_may_have_any_name(build: Build, words: list[str]) -> None:
    """As a model, in another one, and in the answer of an operation."""
    names = sorted({w.lstrip("_") for w in words if re.fullmatch("_?[A-Z][A-Za-z]*", w)})  # fmt: skip
    assert {"Unset", "Any", "T", "Client", "Response", "UNSET"} <= set(names)
    spec = small_spec()
    for n, group in enumerate(groups_of_classes([*names, "List", "Dict", "Enum"])):
        spec["components"]["schemas"] = {"Leaf": LEAF, "Holder": {}} | {name: LEAF | {"title": name} for name in group}  # fmt: skip
        optional = {name: ref(name) for name in group}
        spec["components"]["schemas"]["Holder"] = {"type": "object", "properties": optional}  # fmt: skip
        spec["paths"] = {"/leaf": spec["paths"]["/leaf"]} | {
            f"/{name}": {
                "get": {
                    "operationId": f"get{name}{n}",
                    "tags": ["names"],
                    "responses": answer(ref(name)),
                }
            }
            for name in group
        }
        package = build(spec)
        given = {name: {"a": "1"} for name in group}
        assert package.model("Holder").from_dict(given).to_dict() == given
        assert package.model("Holder")().to_dict() == {}
        operations = build.generator.identifiers([f"get{name}{n}" for name in group])
        for name, operation in zip(group, operations, strict=True):
            request = package.send("names", operation)
            assert request.url.path == f"/{name}"


def groups_of_classes(names: list[str]) -> Iterator[list[str]]:
    while names:
        group = list({name.lower(): name for name in names}.values())
        yield group
        names = [name for name in names if name not in group]


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_an_enum_may_have_any_name(build: Build, words: list[str], kind: str) -> None:
    values = ["red"] if kind == "string" else [1]
    names = ["StrEnum", "IntEnum", "Enum", "Any", "Unset", "Str", "Int", "Object"]
    spec = small_spec(**{name: {"type": kind, "enum": values} for name in names})
    spec["components"]["schemas"]["Holder"] = {
        "type": "object",
        "properties": {name.lower(): ref(name) for name in names},
    }
    package = build(spec)
    given = {name.lower(): value for name in names for value in values}
    assert package.model("Holder").from_dict(given).to_dict() == given


@pytest.mark.parametrize(
    ("fields", "in_python"),
    [
        (["a-b", "ab"], ["a_b", "ab"]),
        (["a-b", "a_b"], ["ab", "a_b"]),
        (["a_b", "aB"], ["a_b", "aB"]),
        (["type", "type_"], ["type_", "type_"]),
        (["UNSET", "unset"], ["UNSET_", "unset"]),
    ],
    ids=str,
)
def test_two_fields_whose_names_are_alike_are_two_or_refused(
    build: Build, fields: list[str], in_python: list[str]
) -> None:
    leaf = {"type": "object", "properties": {n: {"type": "string"} for n in fields}}
    spec = small_spec(Pair=leaf)
    if len(set(in_python)) == 1:
        with pytest.raises(Failure, match=f"/Pair/properties/{fields[1]}: in Python"):
            build(spec)
        return
    model = build(spec).model("Pair")
    given = dict.fromkeys(fields, "v")
    assert model.from_dict(given).to_dict() == given
    assert [a.name for a in attrs.fields(model)][:2] == in_python
    assert model(**dict.fromkeys(in_python, "w")).to_dict() == dict.fromkeys(fields, "w")  # fmt: skip


def test_a_listed_value_that_is_called_unrecognized_is_known(build: Build) -> None:
    words = {"type": "string", "enum": ["unrecognized", "name", "value", "mro"]}
    numbers = {"type": "integer", "enum": [1, -1], "x-enum-varnames": ["UNRECOGNIZED", "OTHER"]}  # fmt: skip
    package = build(small_spec(Word=words, Number=numbers))
    for enum, listed in ((package.model("Word"), words["enum"]), (package.model("Number"), [1, -1])):  # fmt: skip
        assert sorted(member.value for member in enum) == sorted(listed)
        assert all(enum(value).is_known for value in listed)
    assert not package.model("Word")("new").is_known
    assert not package.model("Number")(7).is_known


@pytest.mark.parametrize("file", spec_files(ROOT / "openapi"), ids=lambda f: f.stem)
def test_the_names_of_classes_are_those_that_the_generator_gives(
    build: Build, file: Path
) -> None:
    """What is refused is worked out beside the generator: it has to work alike."""
    expected = build.generator.call("class_names", str(file))
    package = import_module(f"imagetasks_clients.{file.stem}.models")
    assert set(expected) == set(package.__all__)


MODEL = {"type": "object", "properties": {"x": {"type": "string"}}}
LIST = {"type": "array", "items": ref("Leaf")}
REFUSED: dict[str, tuple[str, Any, str]] = {
    "two schemas in one file": (
        "/components/schemas/LEAF",
        LEAF,
        "/components/schemas/LEAF: its class LEAF would be in the file of /components/schemas/Leaf",
    ),
    "a title that another has": (
        "/components/schemas/Other",
        LEAF | {"title": "Leaf"},
        "/components/schemas/Other: its class Leaf would be",
    ),
    "an object within another": (
        "/components/schemas",
        {"Leaf": LEAF, "Top": {"type": "object", "properties": {"inner": MODEL}}, "TopInner": MODEL},
        "/components/schemas/TopInner: its class TopInner would be",
    ),
    "a list and its item": (
        "/components/schemas/Both",
        {"type": "object", "properties": {"image_item": {"type": "string"}, "image": LIST}},
        "/components/schemas/Both/properties/image_item: generated code uses this name while it reads 'image'",
    ),
    "what may be added, and its item": (
        "/components/schemas/Both",
        {"type": "object", "additionalProperties": LIST, "properties": {"additional_property_item": {"type": "string"}}},
        "/properties/additional_property_item: generated code uses this name",
    ),
    "a name that comes by allOf": (
        "/components/schemas/Both",
        {"allOf": [ref("Leaf"), {"type": "object", "properties": {"type": {"type": "string"}, "type_": {"type": "string"}}}]},
        "/components/schemas/Both/allOf/1/properties/type_: in Python it has the name of 'type'",
    ),
    "letters that Python reads as others": (
        "/components/schemas/Leaf/properties/ﬁeld",
        {"type": "string"},
        "/components/schemas/Leaf/properties/ﬁeld: Python reads ﬁeld as another name",
    ),
    "a control character": (
        "/components/schemas/Leaf/properties/a\u200bb",
        {"type": "string"},
        "holds a control character",
    ),
    "values that differ by case": (
        "/components/schemas/Size",
        {"type": "string", "enum": ["High", "high"]},
        "/components/schemas/Size/enum/1: its name HIGH is that of 'High'",
    ),
    "values that differ by a sign": (
        "/components/schemas/Size",
        {"type": "string", "enum": ["a-b", "a_b"]},
        "/components/schemas/Size/enum/1: its name A_B is that of 'a-b'",
    ),
    "a value that leaves no name": (
        "/components/schemas/Size",
        {"type": "string", "enum": ["x", "y"], "x-enum-varnames": ["X", "-"]},
        "/components/schemas/Size/enum/1: it is no name in Python",
    ),
    "too few names for values": (
        "/components/schemas/Size",
        {"type": "string", "enum": ["16:9", "1:1"], "x-enum-varnames": ["WIDE"]},
        "/components/schemas/Size/x-enum-varnames: 1 names for 2 values",
    ),
    "two operations in one file": (
        "/paths/~1other",
        {"get": {"operationId": "get_leaf", "tags": ["Leaves"], "responses": answer(ref("Leaf"))}},
        "/paths/~1other/get/operationId: it would be in the file of /paths/~1leaf/get",
    ),
    "a parameter and the body": (
        "/paths/~1leaf/post",
        {
            "operationId": "post",
            "parameters": [{"name": "body", "in": "query", "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": ref("Leaf")}}},
            "responses": answer(ref("Leaf")),
        },
        "/paths/~1leaf/post/parameters/0: in Python the request's body has this name",
    ),
    "a parameter and what is sent for another": (
        "/paths/~1leaf/get/parameters",
        [{"name": n, "in": "query", "schema": {"type": "string", "format": "date"}} for n in ("day", "json_day")],
        "/paths/~1leaf/get/parameters/1: generated code uses this name while it writes 'day'",
    ),
    "two parameters": (
        "/paths/~1leaf/get/parameters",
        [{"name": n, "in": "query", "schema": {"type": "string"}} for n in ("type", "type_")],
        "/paths/~1leaf/get/parameters/1: in Python it has the name of 'type'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("place", "value", "message"), REFUSED.values(), ids=REFUSED)
def test_what_would_have_the_name_of_something_else_is_refused(
    build: Build, place: str, value: Any, message: str
) -> None:
    with pytest.raises(Failure) as refused:
        build(edited(place, value))
    assert message in str(refused.value)
