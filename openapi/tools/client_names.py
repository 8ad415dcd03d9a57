"""
What the generator calls things, and where two of them would get the same name.

A field's name is the vendor's: where generated code uses that name itself, the field gets a `_` behind it, as it does for
words of Python. Names of schemas, operations and enum values are this project's: two that fall together are refused.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from document import Document, Problems, join
from openapi_python_client import strings
from openapi_python_client.strings import ClassName, PythonIdentifier

PREFIX = "field_"
"""The generator's own default, for what is no identifier."""

_OF_MODELS = """
    additional_keys additional_properties from_dict to_dict to_multipart
    cast cls d field_dict prop prop_name
"""
_OF_OPERATIONS = """
    cookies headers params quote
    asyncio_detailed get_kwargs parse_response sync_detailed
"""
_OF_MODULES = """
    Any AuthenticatedClient BinaryIO BytesIO Client File FileTypes Generator HttpAnswer IntEnum Literal Mapping
    Response StrEnum T TYPE_CHECKING TextIO TypeVar UNSET UUID Unset
"""
TAKEN = frozenset(f"{_OF_MODELS} {_OF_OPERATIONS} {_OF_MODULES}".split())
"""Names that generated code uses for itself."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
BODY_TYPES = {
    "application/x-www-form-urlencoded": "data",
    "multipart/form-data": "files",
    "application/octet-stream": "content",
}


def reserve() -> None:
    """Have the generator keep clear of these as it does of Python's own words."""
    strings.RESERVED_WORDS.update(TAKEN)


# Fields


def fields_have_names_of_their_own(spec: Document) -> Problems:
    for pointer, schema in spec.schemas():
        if not schema.keys() & {"properties", "allOf"}:
            continue
        fields = dict(_fields(spec, pointer))
        names = python_names(fields)
        for field, other in _same(names):
            yield fields[field], f"in Python it has the name of {other!r}"
        inner = {
            name: field
            for field, place in fields.items()
            for name in _inner_names(spec, place, field)
        }
        if "additionalProperties" in schema:
            place = join(pointer, "additionalProperties")
            for name in _inner_names(spec, place, "AdditionalProperty"):
                inner[name] = "additionalProperties"
        for field, name in names.items():
            if inner.get(name, field) != field:
                yield (
                    fields[field],
                    f"generated code uses this name while it reads {inner[name]!r}",
                )


def names_are_plain_text(spec: Document) -> Problems:
    """What the generator would leave out of a name, or Python read as another."""
    for pointer, schema in spec.schemas():
        for field in schema.get("properties", ()):
            place = join(pointer, "properties", field)
            yield from _not_plain(place, field)
            name = PythonIdentifier(field, PREFIX)
            if name != unicodedata.normalize("NFKC", name):
                yield place, f"Python reads {name} as another name"
        for index, value in enumerate(schema.get("enum", ())):
            if isinstance(value, str):
                yield from _not_plain(join(pointer, "enum", index), value)
        if isinstance(schema.get("const"), str):
            yield from _not_plain(join(pointer, "const"), schema["const"])
    for pointer, node in spec.objects():
        if "in" in node and isinstance(node.get("name"), str):
            yield from _not_plain(join(pointer, "name"), node["name"])


def _not_plain(pointer: str, text: str) -> Problems:
    if len(strings.in_double_quote_literal(text)) < len(text):
        yield pointer, "it holds a control character, which generated code leaves out"


def python_names(names: Iterable[str]) -> dict[str, str]:
    """What the generator makes of the names of one object: of two that fall together it keeps the letters."""
    short = {name: PythonIdentifier(name, PREFIX) for name in names}
    falling = {name for pair in _same(short) for name in pair}
    return {
        name: PythonIdentifier(name, PREFIX, skip_snake_case=True)
        if name in falling
        else python
        for name, python in short.items()
    }


def _same(names: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each that has the name of one before it, with that one."""
    first: dict[str, str] = {}
    for name, python in names.items():
        if first.setdefault(python, name) != name:
            yield name, first[python]


def _fields(spec: Document, pointer: str) -> Iterator[tuple[str, str]]:
    """Name and place of all fields, those of `allOf` included."""
    schema = spec.at(pointer)
    for index in range(len(schema.get("allOf", ()))):
        yield from _fields(spec, spec.follow(join(pointer, "allOf", index)))
    for name in schema.get("properties", ()):
        yield name, join(pointer, "properties", name)


def _inner_names(spec: Document, pointer: str, name: str) -> Iterator[str]:
    """Variables beside the field's own in the functions that read and write it. Behind a $ref they have other names."""
    schema = spec.at(pointer)
    if not isinstance(schema, dict):
        return
    if "items" in schema:
        item = f"{name}_item"
        python = PythonIdentifier(item, PREFIX)
        yield from (python, f"{python}_data", f"{python}_element")
        yield from _inner_names(spec, join(pointer, "items"), item)
    for n, place in enumerate(_branches(pointer, schema)):
        branch = f"{name}_type_{n}"
        yield PythonIdentifier(branch, PREFIX)
        yield from _inner_names(spec, place, branch)


def _branches(pointer: str, schema: dict[str, Any]) -> Iterator[str]:
    for keyword in ("anyOf", "oneOf"):
        for index in range(len(schema.get(keyword, ()))):
            yield join(pointer, keyword, index)


# Classes


class Named(NamedTuple):
    """A schema that becomes a class."""

    pointer: str
    name: str
    values: tuple[str | int, ...] = ()  # of an enum

    @property
    def file(self) -> str:
        return str(PythonIdentifier(self.name, PREFIX))


def classes_have_files_of_their_own(spec: Document) -> Problems:
    files: dict[str, Named] = {}
    for named in classes(spec):
        first = files.setdefault(named.file, named)
        if first.pointer != named.pointer and not (
            named.values and (named.name, named.values) == (first.name, first.values)
        ):
            yield (
                named.pointer,
                f"its class {named.name} would be in the file of {first.pointer}: give it another name or title",
            )


def classes(spec: Document) -> Iterator[Named]:
    for name in spec.data.get("components", {}).get("schemas", ()):
        pointer = join("/components/schemas", name)
        if "$ref" not in spec.at(pointer):
            yield from _classes(spec, pointer, name, "")
    for pointer, operation, name in operations(spec):
        for n, parameter in parameters(spec, pointer):
            schema = join(parameter, "schema")
            yield from _classes(spec, schema, n, name)
        content = operation.get("requestBody", {})
        if content:
            place = join(spec.follow(join(pointer, "requestBody")), "content")
            kinds = list(spec.at(place))
            for kind in kinds:
                parent = f"{name}_{BODY_TYPES.get(kind, 'json')}"
                schema = join(place, kind, "schema")
                parent = parent if len(kinds) > 1 else name
                yield from _classes(spec, schema, "body", parent)
        for status in operation.get("responses", ()):
            place = spec.follow(join(pointer, "responses", status))
            for kind in list(spec.at(place).get("content", ()))[:1]:
                schema = join(place, "content", kind, "schema")
                yield from _classes(spec, schema, f"response_{status}", name)


def _classes(spec: Document, pointer: str, name: str, parent: str) -> Iterator[Named]:
    try:
        schema = spec.at(pointer)
    except LookupError:
        return
    if not isinstance(schema, dict) or "$ref" in schema:
        return
    named = [*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]  # fmt: skip
    if len(named) == 1 and "$ref" in named[0]:
        return
    title = schema.get("title") or name
    full = f"{strings.pascal_case(parent)}{strings.pascal_case(title)}"
    full = ClassName(full if parent else title, PREFIX)
    values = tuple(value for value in schema.get("enum", ()) if value is not None)
    if values:
        if len(values) == len(schema["enum"]):
            yield Named(pointer, full, values)
    elif schema.keys() & {"anyOf", "oneOf"} or isinstance(schema.get("type"), list):
        for n, place in enumerate(_branches(pointer, schema)):
            branch = spec.at(place)
            own = branch.get("title") if isinstance(branch, dict) else None
            own = own if own != schema.get("title") else None
            yield from _classes(spec, place, f"{name}_{own or f'type_{n}'}", parent)
    elif "items" in schema:
        yield from _classes(spec, join(pointer, "items"), f"{name}_item", parent)
    elif schema.get("type") == "object" or schema.keys() & {"allOf", "properties"}:
        yield Named(pointer, full)
        for field, place in _fields(spec, pointer):
            if place.startswith(pointer):
                yield from _classes(spec, place, field, full)
        place = join(pointer, "additionalProperties")
        yield from _classes(spec, place, "AdditionalProperty", full)


# Enums


def enum_values_have_names_of_their_own(spec: Document) -> Problems:
    for pointer, schema in spec.schemas():
        values = [value for value in schema.get("enum", ()) if value is not None]
        given = schema.get("x-enum-varnames")
        if given is not None and len(given) != len(values):
            yield (
                join(pointer, "x-enum-varnames"),
                f"{len(given)} names for {len(values)} values",
            )
            continue
        first: dict[str, Any] = {}
        for index, value in enumerate(values):
            name = _member(given[index] if given else None, index, value)
            place = join(pointer, "enum", schema["enum"].index(value))
            if not name.isidentifier():
                yield place, "it is no name in Python: give it one in x-enum-varnames"
            elif name in first:
                yield (
                    place,
                    f"its name {name} is that of {first[name]!r}: give it another in x-enum-varnames",
                )
            first.setdefault(name, value)


def _member(given: str | None, index: int, value: str | int) -> str:
    if given is None and isinstance(value, int):
        return f"VALUE_NEGATIVE_{-value}" if value < 0 else f"VALUE_{value}"
    if given is None:
        text = str(value)
        given = text.upper() if text[:1].isalpha() else f"VALUE_{index}"
    return str(strings.snake_case(given)).upper()


# Operations and their parameters


def operations_have_files_of_their_own(spec: Document) -> Problems:
    files: dict[tuple[str, str], str] = {}
    for pointer, operation, name in operations(spec):
        tag = PythonIdentifier((operation.get("tags") or ["default"])[0], "tag")
        first = files.setdefault((tag, name), pointer)
        if first != pointer:
            yield (
                join(pointer, "operationId"),
                f"it would be in the file of {first}: give it another id",
            )


def parameters_have_names_of_their_own(spec: Document) -> Problems:
    for pointer, operation, _ in operations(spec):
        places: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, place in parameters(spec, pointer):
            places[spec.at(place)["in"]].append((name, place))
        everywhere = {
            PythonIdentifier(name, PREFIX) for group in places.values() for name, _ in group
        }  # fmt: skip
        for group in places.values():
            names = python_names(name for name, _ in group)
            where = dict(group)
            for name, other in _same(names):
                yield where[name], f"in Python it has the name of {other!r}"
            for name, python in names.items():
                if python == "body" and "requestBody" in operation:
                    yield where[name], "in Python the request's body has this name"
                if python.removeprefix("json_") in everywhere - {python}:
                    yield (
                        where[name],
                        f"generated code uses this name while it writes {python.removeprefix('json_')!r}",
                    )


def operations(spec: Document) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Pointer, operation, and the name that the generator gives it."""
    for path, item in spec.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                pointer = join("/paths", path, method)
                id = item[method].get("operationId")
                if id is None:
                    bare = path.replace("{", "").replace("}", "").replace("/", "_")
                    id = f"{method}_{bare.removeprefix('_').removesuffix('_')}"
                yield pointer, item[method], PythonIdentifier(id, PREFIX)


def parameters(spec: Document, pointer: str) -> Iterator[tuple[str, str]]:
    """Name and place of each, those of the path included, unless the operation has its own."""
    seen = set()
    for holder in (pointer, pointer.rpartition("/")[0]):
        for index in range(len(spec.at(holder).get("parameters", ()))):
            place = spec.follow(join(holder, "parameters", index))
            parameter = spec.at(place)
            if (key := (parameter["name"], parameter["in"])) not in seen:
                seen.add(key)
                yield parameter["name"], place


RULES = (
    names_are_plain_text,
    fields_have_names_of_their_own,
    classes_have_files_of_their_own,
    enum_values_have_names_of_their_own,
    operations_have_files_of_their_own,
    parameters_have_names_of_their_own,
)
