"""What a provider's OpenAPI description says, ready to use: request rules, polling advice, result lifetime."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import InvalidRequest
from .._lazy import jsonschema_rs
from .schema import Field, Json, describe, requires, resolved
from .size_rules import SizeRules

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

HEADER = "header:"
"""What a place begins with that is a header's, not a pointer into the body."""


def is_success(status: str) -> bool:
    """Of a response as a spec lists it: `201`."""
    return status.isdecimal() and status.startswith("2")


class Limit(NamedTuple):
    """At most so many `requests` within any `seconds`."""

    requests: float
    seconds: float


class Spec:
    """One provider's description. Validators are built on first use: about a millisecond each."""

    def __init__(self, provider: str, document: Mapping[str, Json]) -> None:
        self.provider = provider
        self.document = document
        self._validators: dict[str, Draft202012Validator] = {}
        self._successes: dict[str, frozenset[int]] = {}
        self._describe = lru_cache(
            lambda id, place, given: describe(
                *self._schema_and_pointer(id, place), dict(given)
            )
        )

    def check_body(self, operation_id: str, body: Json) -> None:
        """Raise InvalidRequest, naming field and rule, when the body breaks the operation's request schema."""
        try:
            sent = json.loads(
                json.dumps(body, allow_nan=False, ensure_ascii=False).encode()
            )
        except (TypeError, ValueError, RecursionError) as cause:
            raise InvalidRequest(
                f"{self.provider}: the request cannot be written as JSON: {_without_values(cause)}",
                provider=self.provider,
            ) from None
        self._check(operation_id, self._request_schema(operation_id), sent)

    def check_path(
        self, operation_id: str, parameter: str, name: str, value: str | None
    ) -> None:
        """The same for what goes into the path. `name` is our word for it: a user never sees the parameter's."""
        if value in ("", ".", ".."):  # no escape keeps these from being another path
            raise InvalidRequest(
                f"{self.provider}: {name} is {value!r}, which no path can hold",
                provider=self.provider,
            )
        schema = {
            "required": [name],
            "properties": {name: self._parameter_schema(operation_id, parameter)},
            "components": self.document["components"],
        }
        given = {} if value is None else {name: value}
        self._check(f"{operation_id} {parameter}", schema, given)

    def _check(self, key: str, schema: Json, sent: Json) -> None:
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                schema, validate_formats=True, keywords=_KEYWORDS
            )
        broken = self._explain(self._validators[key].iter_errors(sent), schema)
        if broken:
            raise InvalidRequest(
                f"{self.provider}: {'; '.join(broken)}", provider=self.provider
            )

    def examples(
        self, operation_id: str
    ) -> Iterator[tuple[int, Json, Mapping[str, str]]]:
        """The documented answers of a success, in the order of the spec: status, body, headers that tell something."""
        responses = self.responses(operation_id)
        for status in filter(is_success, responses):
            *_, answer = resolved(self.document, responses[status])
            for example in answer["content"]["application/json"]["examples"].values():
                *_, shown = resolved(self.document, example)
                yield int(status), shown["value"], shown.get("x-headers", {})

    def successes(self, operation_id: str) -> frozenset[int]:
        """The statuses that are read as a success: 200, and each other one that is documented."""
        if operation_id not in self._successes:
            documented = filter(is_success, self.responses(operation_id))
            self._successes[operation_id] = frozenset({200, *map(int, documented)})
        return self._successes[operation_id]

    def responses(self, operation_id: str) -> Mapping[str, Json]:
        """The documented answers of an operation, by status; one may be a reference."""
        responses: Mapping[str, Json] = self._operations[operation_id]["responses"]
        return responses

    def field(self, operation_id: str, place: str, given: Mapping[str, Json]) -> Field:
        """See `describe`; of the operation's request, by JSON pointer into its body or as `path NAME`."""
        # Half a millisecond each: all of them together would be most of what a submit costs here.
        return self._describe(operation_id, place, tuple(given.items()))

    def requires(self, operation_id: str, place: str) -> bool:
        """Whether no request goes without this: by JSON pointer into its body, or as `path NAME`."""
        if place.startswith("path "):
            return True
        return requires(self._request_schema(operation_id), place)

    @cached_property
    def prices(self) -> Sequence[Mapping[str, Json]]:
        """Entries of `x-prices`, in order."""
        prices: Sequence[Mapping[str, Json]]
        prices = self.document.get("x-prices", {}).get("prices", ())
        return prices

    @property
    def servers(self) -> Sequence[Mapping[str, Json]]:
        servers: Sequence[Mapping[str, Json]] = self.document["servers"]
        return servers

    @cached_property
    def tiers(self) -> tuple[str, ...]:
        """Those that a key can be of; none where none are documented."""
        return tuple(self.document.get("x-rate-limits", {}).get("tiers", {}))

    def limits(self, operation_id: str, tier: str | None) -> tuple[Limit, ...]:
        """Limits on an operation for keys of a tier, or without one; none where none are documented."""
        rates = self.document.get("x-rate-limits", {})
        limits = rates.get("limits", {}) if tier is None else rates["tiers"][tier]
        return tuple(Limit(**limit) for limit in limits.get(operation_id, ()))

    def balance(self, operation_id: str) -> str:
        """Where the answer of an operation has the credits that are left, by JSON pointer."""
        place: str = self._operations[operation_id]["x-balance"]
        return place

    @cached_property
    def _operations(self) -> dict[str, Mapping[str, Json]]:
        return {
            operation["operationId"]: operation
            for item in self.document["paths"].values()
            for operation in item.values()
            if isinstance(operation, Mapping) and "operationId" in operation
        }

    def _request_schema(self, operation_id: str) -> Json:
        content = self._operations[operation_id]["requestBody"]["content"][
            "application/json"
        ]
        return {**content["schema"], "components": self.document["components"]}

    def _schema_and_pointer(self, operation_id: str, place: str) -> tuple[Json, str]:
        if not place.startswith("path "):
            return self._request_schema(operation_id), place
        schema = self._parameter_schema(operation_id, place.removeprefix("path "))
        return {**schema, "components": self.document["components"]}, ""

    def _parameter_schema(self, operation_id: str, name: str) -> Json:
        operation = self._operations[operation_id]
        paths = self.document["paths"].values()
        item = next(item for item in paths if operation in item.values())
        described = (*item.get("parameters", ()), *operation.get("parameters", ()))
        for node in described:
            parameter = self._resolve(node["$ref"]) if "$ref" in node else node
            if (parameter["in"], parameter["name"]) == ("path", name):
                return parameter["schema"]
        raise LookupError(f"{operation_id} has no parameter {name} in its path")

    def _explain(self, errors: Iterator[ValidationError], schema: Json) -> list[str]:
        sentences: dict[str, None] = {}  # a dict for its order
        vague: dict[str, None] = {}
        for error in errors:
            # "None of the shapes fits" says little where another error names the field.
            chosen = vague if error.kind.name in ("anyOf", "oneOf") else sentences
            rule = self._rule_in_words(error.evaluation_path, schema)
            chosen[_in_words(error) + (f" ({rule})" if rule else "")] = None
        return list(sentences or vague)

    def _rule_in_words(self, path: list[str | int], schema: Json) -> str | None:
        """Cross-field rules carry their own words: the description beside the `if` that led here."""
        node, words = schema, None
        steps = [*path, None]
        for step, following in pairwise(steps):
            if step == "$ref":
                node, words = (
                    self._resolve(node["$ref"]),
                    None,
                )  # out of the rule's own lines
                continue
            node = node[step]
            if isinstance(following, int) and step == "allOf":
                words = node[following].get("description", words)
        return " ".join(words.split()) if words else None

    def _resolve(self, reference: str) -> Json:
        node: Json = self.document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        return node


def _in_words(error: ValidationError) -> str:
    """One sentence on one broken rule. Quotes short option values only: never a prompt or a URL."""
    field = "".join(
        f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path
    ).lstrip(".")
    about: dict[str, Any] = error.kind.as_dict()
    value: Any = error.instance
    match error.kind.name:
        case "required":
            return f"{f'{field}.' if field else ''}{about['property']} is missing"
        case "enum":
            return f"{field} is {short(value)}, not one of {', '.join(map(str, about['options']))}"
        case "const":
            return f"{field} is {short(value)}, not {about['expected_value']}"
        case "maxItems" | "minItems":
            bound = "at most" if error.kind.name == "maxItems" else "at least"
            return f"{field} has {len(value)} entries, {bound} {about['limit']} are allowed"
        case "maxLength" | "minLength":
            bound = "at most" if error.kind.name == "maxLength" else "at least"
            return f"{field} has {len(value)} characters, {bound} {about['limit']} are allowed"
        case "maximum" | "minimum":
            bound = "at most" if error.kind.name == "maximum" else "at least"
            return f"{field} is {value}, {bound} {about['limit']} is allowed"
        case "type":
            return f"{field or 'the body'} is not of type {' or '.join(about['types'])}"
        case "multipleOf":
            return (
                f"{field} is {value}, it must be a multiple of {about['multiple_of']}"
            )
        case "format":
            return f"{field} is not a {about['format']}"
        case "pattern":
            return f"{field} is {short(value)}, not of the documented form"
        case "x-size-rules":
            return f"{field or 'size'} is {about['message']}"
        case "anyOf" | "oneOf":
            return f"{field or 'the body'} has none of the documented shapes"
        case other:
            return f"{field or 'the body'} breaks the rule {other!r}"


def short(value: Json) -> str:
    """A value as a message may quote it: never a whole prompt or picture."""
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else f"a value of {len(text)} characters"


def _without_values(cause: Exception) -> str:
    return (
        "a character that is not Unicode text"
        if isinstance(cause, UnicodeEncodeError)
        else str(cause)
    )


_KEYWORDS: dict[str, Any] = {"x-size-rules": SizeRules}
