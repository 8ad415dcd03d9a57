"""JSON against the schemas of a spec, and what is wrong with it in words."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from .places import Json, escape


@dataclass(frozen=True, slots=True)
class Violation:
    field: str
    """Empty for the body as a whole."""
    words: str
    """A sentence, but for the field that it starts with."""
    rule: str = dataclasses.field(default="", compare=False)
    """The keyword of the schema; for what no schema says, the cause."""
    pointer: str | None = dataclasses.field(default=None, compare=False)
    """JSON pointer into the body; None for what is not in it."""
    parameter: str | None = dataclasses.field(default=None, compare=False)
    """Of a path, a query or the headers."""

    def __str__(self) -> str:
        return f"{self.field} {self.words}".strip()


class Schemas:
    """The schemas of one spec. Validators are built on first use: about a millisecond each."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[int, Draft202012Validator] = {}

    def violations(self, value: Json, schema: Json) -> list[Violation]:
        validator = self._validator(schema)
        if validator.is_valid(value):
            return []
        errors = validator.iter_errors(value)
        found = {self._in_words(error, schema): None for error in errors}
        return list(found)

    def _validator(self, schema: Json) -> Draft202012Validator:
        # By identity: the schemas are parts of one document that stays.
        if id(schema) not in self._validators:
            self._validators[id(schema)] = self._build(schema)
        return self._validators[id(schema)]

    def _build(self, schema: Json) -> Draft202012Validator:
        schemas = self

        class InString:
            """`contentSchema`: the JSON inside a string, which validators leave alone."""

            def __init__(self, parent: Json, inner: Json, path: Json) -> None:
                self._inner = inner

            def validate(self, text: Json) -> None:
                # An empty text is how a vendor may write that there is none yet.
                if isinstance(text, str) and text:
                    for violation in schemas.violations(json.loads(text), self._inner):
                        raise ValueError(f"holds JSON whose {violation}")

        keywords: dict[str, type[Any]] = {
            "contentSchema": InString,
            "x-size-rules": SizeRules,
        }
        return Draft202012Validator(
            self._whole(schema), validate_formats=True, keywords=keywords
        )

    def _in_words(self, error: ValidationError, schema: Json) -> Violation:
        steps = _steps(error)
        field = ".".join(steps)
        subject = "" if field else "the body "
        # A rule between fields is described in the spec, better than a validator can.
        rule = self._rule(error.evaluation_path, schema)
        words = f"breaks the rule: {rule}" if rule else _words(error)
        pointer = "".join(f"/{escape(step)}" for step in steps)
        return Violation(field, subject + words, error.kind.name, pointer)

    def _rule(self, path: list[str | int], schema: Json) -> str | None:
        """The description of the innermost entry of an `allOf` that the error came through."""
        node, words, before = self._whole(schema), None, None
        for step in path:
            node = self._reference(node[step]) if step == "$ref" else node[step]
            if step == "$ref":
                words = None
            elif before == "allOf":
                words = node.get("description", words)
            before = step
        return " ".join(words.split()) if words else None

    def _whole(self, schema: Json) -> Json:
        """With all that its references lead to."""
        return {**schema, "components": self._document.get("components", {})}

    def _reference(self, reference: str) -> Json:
        node = self._document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        return node


class SizeRules:
    """
    The keyword `x-size-rules`: what JSON Schema cannot say of a size `{width}x{height}`, or of the
    fields that `edges` names. The numbers stand in the spec, their meaning here.
    """

    def __init__(self, parent: Json, rules: Json, path: Json) -> None:
        self._rules = rules

    def validate(self, size: Json) -> None:
        for edges in self._edges(size):
            for broken in self._broken(*edges):
                raise ValueError(broken)

    def _edges(self, size: Json) -> Iterator[tuple[int, int]]:
        """None where one is missing, or where the schema beside this keyword refuses it."""
        if isinstance(size, dict):
            found = [size.get(name) for name in self._rules.get("edges", ())]
            edges = [edge for edge in found if isinstance(edge, int)]
            if len(edges) == 2:
                yield edges[0], edges[1]
        elif pair := re.fullmatch(r"(\d{1,5})x(\d{1,5})", str(size)):
            yield int(pair[1]), int(pair[2])

    def _broken(self, width: int, height: int) -> Iterator[str]:
        rules, short, long = self._rules, *sorted((width, height))
        multiple = rules.get("edge-multiple-of", 1)
        if width % multiple or height % multiple:
            yield f"must have edges that are multiples of {multiple}"
        if long > rules.get("max-edge", long):
            yield f"must not have an edge above {rules['max-edge']}"
        if long > rules.get("max-aspect", long) * short:
            yield f"must not be more than {rules['max-aspect']} times as long as wide"
        if width * height < rules.get("min-pixels", 0):
            yield f"must have at least {rules['min-pixels']} pixels"
        if width * height > rules.get("max-pixels", width * height):
            yield f"must have at most {rules['max-pixels']} pixels"


def _steps(error: ValidationError) -> list[str]:
    steps = [str(step) for step in error.instance_path]
    if error.kind.name == "required":
        steps.append(error.kind.as_dict()["property"])
    elif error.kind.name == "additionalProperties":
        steps.append(error.kind.as_dict()["unexpected"][0])
    return steps


def _words(error: ValidationError) -> str:
    about = error.kind.as_dict()
    match error.kind.name:
        case "required":
            return "is required"
        case "additionalProperties":
            return "is not a known field"
        case "enum":
            return f"is not one of {', '.join(map(str, about['options']))}"
        case "type":
            return f"is not of type {' or '.join(about['types'])}"
        case "contentSchema" | "x-size-rules":
            return str(about["message"])
        case "anyOf" | "oneOf":
            return "has none of the documented shapes"
        case _:
            return _shorten(error.message)


def _shorten(message: str) -> str:
    """Validators quote the value, which can be a prompt of megabytes."""
    return message if len(message) <= 200 else f"{message[:100]} ... {message[-90:]}"
