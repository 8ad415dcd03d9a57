"""
What a spec may say that a generated client would not do, or would do wrongly without a word. `make generate` refuses it,
with the JSON pointer of the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import client_names
from client_names import METHODS, operations, parameters
from defaults import schemas_have_no_default
from document import Document, Problems, join
from failure import Failure

REFERENCE = re.compile(r"#/components/[A-Za-z]+/[A-Za-z0-9._-]+")
SHAPE = {"additionalProperties", "allOf", "anyOf", "const", "enum", "items", "oneOf", "properties", "type"}  # fmt: skip
NOT_READ = {
    *(
        "$defs",
        "contains",
        "contentSchema",
        "dependentSchemas",
        "else",
        "if",
        "not",
        "patternProperties",
    ),
    *("propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
}
"""Keywords with schemas that only a validator reads."""
SCHEMAS_WITHIN = ("allOf", "anyOf", "oneOf", "prefixItems")
TEXTS = {"string", "integer", "number"}
KINDS = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}  # fmt: skip
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Credential(NamedTuple):
    """How a client sends its key."""

    header: str
    prefix: str = ""


def refuse_what_cannot_be_said(data: dict[str, Any]) -> None:
    """Raise Failure, with a line for each place."""
    found = list(_keys_that_are_no_text(data, ""))
    if not found:
        spec = as_generated(data)
        for rule in FOUNDATIONS:
            found += rule(spec)
        if not found:
            for rule in RULES:
                found += rule(spec)
    if found:
        lines = (f"{pointer}: {problem}" for pointer, problem in dict.fromkeys(found))
        raise Failure("\n".join(lines))


def as_generated(data: dict[str, Any]) -> Document:
    """What clients are made from: all but what the vendor sends by itself, and what only a validator reads."""
    copy = json.loads(json.dumps(data, default=str))
    copy.pop("webhooks", None)
    for item in copy.get("paths", {}).values():
        for method in item.keys() & METHODS:
            item[method].pop("callbacks", None)
    spec = Document(copy)
    for _, schema in list(spec.schemas()):
        for keyword in NOT_READ & schema.keys():
            del schema[keyword]
    return spec


def _keys_that_are_no_text(node: Any, pointer: str) -> Problems:
    if isinstance(node, list):
        for index, child in enumerate(node):
            yield from _keys_that_are_no_text(child, join(pointer, index))
    elif isinstance(node, dict):
        for key, child in node.items():
            place = join(pointer, key)
            if not isinstance(key, str):
                yield place, f"YAML reads this name as {key!r}: put it in quotes"
            yield from _keys_that_are_no_text(child, place)


# Foundations: without them the rest cannot be asked


def references_stay_within_components(spec: Document) -> Problems:
    for pointer, node in (*spec.objects(), *spec.schemas()):
        if "$ref" not in node or "/examples/" in pointer:
            continue
        reference, place = node["$ref"], join(pointer, "$ref")
        if re.fullmatch("/(paths|components/securitySchemes)/[^/]+", pointer):
            yield place, "this has to stand here itself"
        elif not REFERENCE.fullmatch(str(reference)):
            yield place, f"only what stands in /components/ has a class: {reference}"
        elif not _is_there(spec, reference.removeprefix("#")):
            yield place, f"leads nowhere: {reference}"
        elif lost := sorted(node.keys() & SHAPE):
            yield place, f"beside it {', '.join(lost)} would be left out: use allOf"


def _is_there(spec: Document, pointer: str) -> bool:
    try:
        spec.at(pointer)
    except LookupError:
        return False
    return True


def schemas_are_objects(spec: Document) -> Problems:
    message = (
        "the generator takes no true or false for a schema: for anything, write {}"
    )
    for pointer, node in spec.objects():
        if isinstance(node.get("schema"), bool):
            yield join(pointer, "schema"), message
        for name, schema in node.get("schemas", {}).items():
            if isinstance(schema, bool):
                yield join(pointer, "schemas", name), message
    for pointer, schema in spec.schemas():
        named = [("properties", n, s) for n, s in schema.get("properties", {}).items()]
        listed = [(k, n, s) for k in SCHEMAS_WITHIN for n, s in enumerate(schema.get(k, ()))]  # fmt: skip
        for keyword, name, child in (*named, *listed):
            if isinstance(child, bool):
                yield join(pointer, keyword, name), message
        if isinstance(schema.get("items"), bool):
            yield join(pointer, "items"), message


# How a key is sent


def credential(spec: Document) -> Credential:
    """By the first alternative that a client can follow. Raises Failure where there is none."""
    for index in range(len(spec.data.get("security", ()))):
        found = _alternative(spec, f"/security/{index}")
        if isinstance(found, Credential):
            return found
    raise Failure("\n".join(f"{p}: {m}" for p, m in the_key_goes_into_a_header(spec)))


def the_key_goes_into_a_header(spec: Document) -> Problems:
    alternatives = spec.data.get("security")
    if not alternatives:
        yield "/security", "name the scheme that a key is sent by"
        return
    found = [_alternative(spec, f"/security/{n}") for n in range(len(alternatives))]
    if any(isinstance(one, Credential) for one in found):
        return
    for problems in found:
        yield from problems or [("/security", "name the scheme that a key is sent by")]  # type: ignore[misc]


def operations_take_the_same_key(spec: Document) -> Problems:
    if list(the_key_goes_into_a_header(spec)):
        return
    usual = credential(spec)
    for pointer, operation, _ in operations(spec):
        places = [join(pointer, "security", n) for n in range(len(operation.get("security", ())))]  # fmt: skip
        found = [_alternative(spec, place) for place in places]
        # `{}` beside others, or nothing at all, says that none is needed.
        if places and usual not in found and [] not in found:
            for place, one in zip(places, found, strict=True):
                if isinstance(one, Credential):
                    yield place, "a client has one key, sent as /security says"
                else:
                    yield from one


def _alternative(spec: Document, pointer: str) -> Credential | list[tuple[str, str]]:
    """How it is followed, or why not; nothing where it asks for no key."""
    names = list(spec.at(pointer))
    schemes = spec.data.get("components", {}).get("securitySchemes", {})
    found: list[Credential] = []
    problems: list[tuple[str, str]] = []
    for name in names:
        if name not in schemes:
            problems.append((join(pointer, name), "no security scheme has this name"))
            continue
        one = _scheme(schemes[name], join("/components/securitySchemes", name))
        if isinstance(one, Credential):
            found.append(one)
        else:
            problems.append(one)
    if len(names) > 1:
        problems.append((pointer, "a client has one key, and sends it in one place"))
    return found[0] if found and not problems else problems


def _scheme(scheme: dict[str, Any], pointer: str) -> Credential | tuple[str, str]:
    kind = scheme["type"]
    if kind == "http":
        if scheme["scheme"].lower() == "bearer":
            return Credential("Authorization", "Bearer")
        return join(pointer, "scheme"), f"{scheme['scheme']}: a client can send bearer"
    if kind == "apiKey":
        if scheme["in"] != "header":
            return join(pointer, "in"), f"a key in a {scheme['in']} would not be sent"
        if not HEADER_NAME.fullmatch(scheme["name"]):
            return join(pointer, "name"), f"{scheme['name']!r} is no name of a header"
        return Credential(scheme["name"])
    return (
        join(pointer, "type"),
        f"{kind}: a client sends a key that it was given, as http bearer or as apiKey in a header",
    )


# Where requests go


def there_is_one_server(spec: Document) -> Problems:
    """The first one is the client's own; the others are for whoever reads the spec."""
    servers = spec.data.get("servers")
    if not servers:
        yield "/servers", "where is the API?"
    else:
        for name in re.findall(r"\{(.+?)\}", servers[0]["url"]):
            if "default" not in servers[0].get("variables", {}).get(name, {}):
                yield "/servers/0/url", f"{name} has no default in `variables`"
    for path, item in spec.data.get("paths", {}).items():
        for place in (join("/paths", path), *(join("/paths", path, m) for m in METHODS if m in item)):  # fmt: skip
            if "servers" in spec.at(place):
                yield join(place, "servers"), "a client asks the first of /servers only"


def paths_hold_their_parameters(spec: Document) -> Problems:
    for pointer, _, _ in operations(spec):
        path = pointer.split("/")[2].replace("~1", "/").replace("~0", "~")
        places = [spec.at(p) for _, p in parameters(spec, pointer)]
        described = {place["name"] for place in places if place["in"] == "path"}
        for name in sorted(described ^ set(re.findall(r"\{(.*?)\}", path))):
            yield pointer, f"{{{name}}} stands in the path or in `parameters`, not both"


def parameters_are_written_as_they_are_sent(spec: Document) -> Problems:
    for pointer, parameter in spec.objects():
        if "in" not in parameter or not _is_parameter(pointer):
            continue
        if parameter["in"] == "cookie":
            yield join(pointer, "in"), "a client sends no cookies"
        if "schema" not in parameter:
            yield pointer, "without a `schema` a client leaves it out"
            continue
        usual = "form" if parameter["in"] in ("query", "cookie") else "simple"
        if parameter.get("style", usual) != usual:
            yield join(pointer, "style"), f"a client writes {usual}"
        explode = parameter.get("explode", usual == "form")
        if explode != (usual == "form") and _kinds(spec, join(pointer, "schema")) - TEXTS:  # fmt: skip
            yield join(pointer, "explode"), "a client does not write it like this"
        if parameter.get("allowReserved"):
            yield join(pointer, "allowReserved"), "a client escapes what is reserved"
        if parameter["in"] in ("path", "header"):
            yield from _is_text(spec, pointer, parameter["in"])


def _is_parameter(pointer: str) -> bool:
    return pointer.split("/")[-2] == "parameters"


def _is_text(spec: Document, pointer: str, place: str) -> Problems:
    """Outside of a query a value is written as Python prints it."""
    schema = join(pointer, "schema")
    allowed = TEXTS | {"boolean"} if place == "header" else TEXTS
    if wrong := sorted(_kinds(spec, schema) - allowed):
        yield schema, f"in a {place} a client cannot write {', '.join(wrong)}"
    for branch in _leaves(spec, schema):
        format = spec.at(branch).get("format")
        if format in ("date", "date-time", "binary"):
            yield schema, f"in a {place} a client cannot write a {format}"


def _kinds(spec: Document, pointer: str) -> set[str]:
    """The JSON types that a schema allows, as far as it says."""
    found: set[str] = set()
    for branch in _leaves(spec, pointer):
        schema = spec.at(branch)
        kind = schema.get("type", [])
        listed = {kind} if isinstance(kind, str) else set(kind)
        values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]  # fmt: skip
        listed = listed or {_kind(value) for value in values}
        found |= listed or {"anything"}
    return found


def _kind(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array"}  # fmt: skip
    return kinds.get(type(value), "object")


def _leaves(spec: Document, pointer: str, seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Places of the schema behind its $ref, or of the branches of its oneOf and anyOf."""
    place = spec.follow(pointer)
    if place in seen:
        return
    schema = spec.at(place)
    branches = [join(place, k, n) for k in ("anyOf", "oneOf", "allOf") for n in range(len(schema.get(k, ())))]  # fmt: skip
    if not branches or schema.keys() & {"type", "enum", "const"}:
        yield place
    for branch in branches:
        yield from _leaves(spec, branch, (*seen, place))


def bodies_are_sent_as_described(spec: Document) -> Problems:
    for pointer, operation, _ in operations(spec):
        for status in operation.get("responses", ()):
            place = spec.follow(join(pointer, "responses", status))
            content = spec.at(place).get("content", {})
            for kind in list(content)[1:]:
                yield join(place, "content", kind), "a client reads the first kind only"
        if "requestBody" not in operation:
            continue
        content = join(spec.follow(join(pointer, "requestBody")), "content")
        for kind, media_type in spec.at(content).items():
            place = join(content, kind)
            if "encoding" in media_type:
                yield join(place, "encoding"), "a client does not follow it"
            if kind == "application/x-www-form-urlencoded":
                yield from _is_flat(spec, join(place, "schema"))
            if kind == "multipart/form-data":
                yield join(content, kind), "a client cannot name the files of a form"


def _is_flat(spec: Document, pointer: str) -> Problems:
    for branch in _leaves(spec, pointer):
        for name in spec.at(branch).get("properties", ()):
            place = join(branch, "properties", name)
            if wrong := sorted(_kinds(spec, place) - TEXTS - {"boolean"}):
                yield place, f"in a form a client cannot write {', '.join(wrong)}"


# What values mean


def values_are_of_their_type(spec: Document) -> Problems:
    """`16:9`, `no` and `2026-11-30` are no texts to YAML."""
    for pointer, schema in spec.schemas():
        listed = [(join(pointer, "enum", n), v) for n, v in enumerate(schema.get("enum", ()))]  # fmt: skip
        if "const" in schema:
            listed.append((join(pointer, "const"), schema["const"]))
        kinds = schema.get("type")
        kinds = [kinds] if isinstance(kinds, str) else kinds
        for place, value in listed:
            if kinds and not any(_is(value, kind) for kind in kinds):
                yield (
                    place,
                    f"{value!r} is no {' or '.join(kinds)}: does it want quotes?",
                )
        values = {_kind(value) for _, value in listed} - {"null"}
        if "enum" in schema and (len(values) > 1 or values - {"string", "integer"}):
            yield join(pointer, "enum"), "a client knows lists of texts and of integers"
        if "const" in schema and values - {"string", "integer", "boolean"}:
            yield join(pointer, "const"), "a client compares texts, integers, booleans"


def _is(value: Any, kind: str) -> bool:
    if kind in KINDS:
        return isinstance(value, KINDS[kind]) and (type(value) is bool) == (kind == "boolean")  # fmt: skip
    return _kind(value) == kind


def alternatives_are_told_apart(spec: Document) -> Problems:
    """
    A client takes the first alternative that fits: by required fields and constants, not by a discriminator. Where anyOf
    has none, more than one may fit, and what the first does not know is kept beside its fields.
    """
    for pointer, schema in spec.schemas():
        for keyword in ("anyOf", "oneOf") if "discriminator" in schema else ("oneOf",):
            places = [spec.follow(join(pointer, keyword, n)) for n in range(len(schema.get(keyword, ())))]  # fmt: skip
            models = [place for place in places if "properties" in spec.at(place)]
            for n, later in enumerate(models):
                for earlier in models[:n]:
                    if not _refuses(spec.at(earlier), spec.at(later)):
                        yield (
                            join(pointer, keyword, places.index(later)),
                            f"what fits it is read as {earlier}: give that a required field that this has not, or both "
                            "a constant",
                        )


def _refuses(earlier: dict[str, Any], later: dict[str, Any]) -> bool:
    """Whether reading the one fails on what fits the other."""
    fields, others = earlier["properties"], later["properties"]
    required, sure = earlier.get("required", ()), later.get("required", ())
    for name in required:
        if name not in others:
            return True
        if {"const"} <= fields.get(name, {}).keys() & others[name].keys() and (
            name in sure and fields[name]["const"] != others[name]["const"]
        ):
            return True
    return False


Rule = Callable[[Document], Problems]
FOUNDATIONS: tuple[Rule, ...] = (references_stay_within_components, schemas_are_objects)
RULES: tuple[Rule, ...] = (
    the_key_goes_into_a_header,
    operations_take_the_same_key,
    there_is_one_server,
    paths_hold_their_parameters,
    parameters_are_written_as_they_are_sent,
    bodies_are_sent_as_described,
    values_are_of_their_type,
    schemas_have_no_default,
    alternatives_are_told_apart,
    *client_names.RULES,
)
