"""
A spec as plain data: its examples, its schemas, and what a schema says of a value.

Every place is a JSON pointer from the root of the file, so that it can be looked up.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import yaml
from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

Problems = Iterator[tuple[str, str]]  # pointer, message

NOWHERE = (LookupError, TypeError, ValueError)

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
URI = "urn:spec"
# The pages that the specs come from: no spec.
NO_SPECS = {"sources.yaml"}
NAMED_SCHEMAS = {"$defs", "dependentSchemas", "patternProperties", "properties"}
# They may hold any data, and so are no place to look for OpenAPI objects, or schemas.
NO_OBJECTS = {"schema", "schemas", "example", "value"}
NO_SCHEMAS = {"const", "default", "enum", "example", "examples", "required"}


def spec_files(folder: Path) -> list[Path]:
    return sorted(set(folder.glob("*.yaml")) - {folder / name for name in NO_SPECS})


def join(pointer: str, *tokens: str | int) -> str:
    escaped = (str(token).replace("~", "~0").replace("/", "~1") for token in tokens)
    return "/".join([pointer, *escaped])


def lookup(value: Any, pointer: str) -> Any:
    """Raises one of NOWHERE where the pointer leads nowhere."""
    for token in pointer.split("/")[1:]:
        value = value[_key(value, token)]
    return value


def _key(node: Any, token: str) -> str | int:
    key = token.replace("~1", "/").replace("~0", "~")
    return int(key) if isinstance(node, list) else key


def objects(node: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All of OpenAPI, apart from schemas, extensions and the values of examples."""
    if isinstance(node, dict):
        yield pointer, node
        names = pointer.endswith(("/headers", "/parameters"))  # of headers: x-what-ever
        for key, child in node.items():
            if key not in NO_OBJECTS and (names or not key.startswith("x-")):
                yield from objects(child, join(pointer, key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from objects(child, join(pointer, index))


def subschemas(schema: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        for index, child in enumerate(schema):
            yield from subschemas(child, join(pointer, index))
    elif isinstance(schema, dict):
        yield pointer, schema
        for key, child in schema.items():
            if key in NAMED_SCHEMAS:
                for name, named in child.items():
                    yield from subschemas(named, join(pointer, key, name))
            elif key not in NO_SCHEMAS and not key.startswith("x-"):
                yield from subschemas(child, join(pointer, key))


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The causes: behind a oneOf or anyOf, those of the branch that got furthest."""
    branches: list[list[ValidationError]] = getattr(error.kind, "context", [])
    if not branches:
        yield error
    for cause in max(branches, key=_depth, default=[]):
        yield from leaves(cause)


def _depth(branch: list[ValidationError]) -> int:
    return max((len(error.instance_path) for error in branch), default=0)


def flaws(schema: dict[str, Any], value: Any, pointer: str) -> Problems:
    """Those of a value at a pointer, by a schema that is no part of a spec."""
    validator = Draft202012Validator(schema, validate_formats=True)
    for error in validator.iter_errors(value):
        for cause in leaves(error):
            yield join(pointer, *cause.instance_path), cause.message


class Example(NamedTuple):
    pointer: str  # of the value itself, behind a $ref
    schema: str  # of the schema that it illustrates
    value: Any
    headers: Mapping[str, str] = {}  # `x-headers`: what they say beside this value


class Spec:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self._registry = Registry([(URI, data)], draft=Draft202012)

    @classmethod
    def load(cls, file: Path) -> Spec:
        return cls.parse(file.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Spec:
        data = yaml.load(text, LOADER)
        return cls(json.loads(json.dumps(data, default=str)))  # dates become text

    def at(self, pointer: str) -> Any:
        return lookup(self.data, pointer)

    def follow(self, pointer: str) -> str:
        """The pointer, or the place that its $ref leads to."""
        reference = self.at(pointer).get("$ref")
        return self.follow(reference.removeprefix("#")) if reference else pointer

    def objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from objects(self.data)

    def operations(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Those of webhooks and callbacks too."""
        for pointer, node in self.objects():
            if "responses" in node and pointer != "/components":
                yield pointer, node

    def schemas(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for pointer, node in self.objects():
            if "schema" in node:
                yield from subschemas(node["schema"], join(pointer, "schema"))
            for name, schema in node.get("schemas", {}).items():
                yield from subschemas(schema, join(pointer, "schemas", name))

    def examples(self, under: str = "") -> Iterator[Example]:
        """Of media types, parameters and headers; without `under`, of schemas too."""
        for pointer, node in objects(self.at(under), under):
            if "schema" not in node:
                continue
            illustrated = join(pointer, "schema")
            if "example" in node:
                yield Example(join(pointer, "example"), illustrated, node["example"])
            for name in node.get("examples", {}):
                place = self.follow(join(pointer, "examples", name))
                if "value" in (example := self.at(place)):
                    value, headers = example["value"], example.get("x-headers", {})
                    yield Example(join(place, "value"), illustrated, value, headers)
        if not under:
            for pointer, schema in self.schemas():
                for index, value in enumerate(schema.get("examples", [])):
                    yield Example(join(pointer, "examples", index), pointer, value)

    def problems(self, schema: str, value: Any) -> Problems:
        """Where and why a value breaks a schema, JSON inside its strings included."""
        for error in self._errors(schema, value):
            rule = _pointer(error.absolute_keyword_location)
            yield join("", *error.instance_path), f"{error.message}, says {rule}"
        for place, content_schema in self._contents(schema, value):
            try:
                content = json.loads(lookup(value, place))
            except ValueError as error:
                yield place, f"does not hold JSON: {error}"
            else:
                for inside, problem in self.problems(content_schema, content):
                    yield place, f"inside, at {inside or 'the top'}: {problem}"

    def allowed(self, schema: str, value: Any, place: str) -> list[Any]:
        """
        What a closed list allows at a place of a value; empty where there is none.
        The schema is asked: it is shown the value with nonsense there.
        """
        probe = copy.deepcopy(value)
        parent, _, token = place.rpartition("/")
        holder = lookup(probe, parent)
        holder[_key(holder, token)] = "\0"
        return [
            option
            for error in self._errors(schema, probe)
            if error.kind.name == "enum" and join("", *error.instance_path) == place
            for option in error.kind.value
        ]

    def _contents(self, schema: str, value: Any) -> Iterator[tuple[str, str]]:
        # A validator notes where contentSchema holds; to apply it is the reader's part.
        for note in self._validator(schema).evaluate(value).annotations():
            pointer = _pointer(note["absoluteKeywordLocation"])
            parent, _, keyword = pointer.rpartition("/")
            if keyword == "contentSchema" and (
                self.at(parent).get("contentMediaType") == "application/json"
            ):
                yield note["instanceLocation"], pointer

    def _errors(self, schema: str, value: Any) -> Iterator[ValidationError]:
        for error in self._validator(schema).iter_errors(value):
            yield from leaves(error)

    def _validator(self, schema: str) -> Draft202012Validator:
        reference = {"$ref": f"{URI}#{quote(schema, safe='/~')}"}
        return Draft202012Validator(
            reference, registry=self._registry, validate_formats=True
        )


def _pointer(location: str | None) -> str:
    return unquote(str(location).removeprefix(f"{URI}#"))
