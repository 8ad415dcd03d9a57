"""A spec with its examples, and what a schema says of a value."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import yaml
from document import Document, Problems, join, key_at, lookup, objects
from jsonschema_rs import Draft202012, Draft202012Validator, Registry, ValidationError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast
URI = "urn:spec"
# The pages that the specs come from: no spec.
NO_SPECS = {"sources.yaml"}


def spec_files(folder: Path) -> list[Path]:
    return sorted(set(folder.glob("*.yaml")) - {folder / name for name in NO_SPECS})


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


class Spec(Document):
    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self._registry = Registry([(URI, data)], draft=Draft202012)

    @classmethod
    def load(cls, file: Path) -> Spec:
        return cls.parse(file.read_text(encoding="utf-8"))

    @classmethod
    def parse(cls, text: str) -> Spec:
        data = yaml.load(text, LOADER)
        return cls(json.loads(json.dumps(data, default=str)))  # dates become text

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
            text = lookup(value, place)
            if text == "":  # as a vendor may write that there is none yet
                continue
            try:
                content = json.loads(text)
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
        holder[key_at(holder, token)] = "\0"
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
