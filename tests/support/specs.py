"""The bundled specs as tests see them: operations, named examples, and where a lifecycle says that things are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import quote

import imagetasks_clients
from jsonschema_rs import Draft202012, Draft202012Validator, Registry

PROVIDERS: tuple[str, ...] = imagetasks_clients.PROVIDERS
METHODS = ("get", "post", "put", "patch", "delete")


class Operation(NamedTuple):
    provider: str
    id: str
    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.provider}-{self.id}"

    @property
    def address(self) -> str:
        """The path, with the examples of its parameters."""
        parameters = self.described.get("parameters", ())
        return self.path.format_map({p["name"]: p.get("example") for p in parameters})

    @property
    def module(self) -> ModuleType:
        """The generated one."""
        tag = self.described["tags"][0]
        package = f"imagetasks_clients.{self.provider}.api.{tag}"
        return import_module(f"{package}.{_python_name(self.id)}")


class Example(NamedTuple):
    """A named example; `role` is "request", or the HTTP status that it is the body of."""

    operation: Operation
    role: str
    name: str
    value: Any
    headers: Mapping[str, str]
    """What they say beside this value: `x-headers` of the example."""

    @property
    def document(self) -> Any:
        """Body and headers in one, as `Lifecycle` reads it."""
        return document(self.value, self.headers)

    @property
    def is_success(self) -> bool:
        return self.role.isdecimal() and self.role.startswith("2")

    def __str__(self) -> str:
        role = "" if self.is_success else f"-{self.role}"
        return f"{self.operation}{role}-{self.name}"

    @property
    def short(self) -> str:
        """Without the operation."""
        return self.name if self.is_success else f"{self.role}-{self.name}"


HEADER = "header:"


def document(body: Any, headers: Mapping[str, str]) -> Any:
    """An answer as one value: its headers stand beside the fields of the body, as `header:NAME`."""
    if not headers or not isinstance(body, dict):
        return body
    return {**body, **{f"{HEADER}{name.lower()}": headers[name] for name in headers}}


def split(document: Any) -> tuple[Any, dict[str, str]]:
    """Body and headers of such a value."""
    if not isinstance(document, dict):
        return document, {}
    headers = {n: v for n, v in document.items() if n.startswith(HEADER)}
    body = {n: v for n, v in document.items() if n not in headers}
    return body, {n.removeprefix(HEADER): str(v) for n, v in headers.items()}


@cache
def load(provider: str) -> dict[str, Any]:
    document: dict[str, Any] = import_module(f"imagetasks_clients.{provider}").spec()
    return document


def look_up(document: Any, pointer: str) -> Any:
    for token in pointer.removeprefix("#").split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def put(document: Any, pointer: str, value: Any) -> None:
    """Where there is something already, or a field that may be new."""
    above, _, token = pointer.rpartition("/")
    holder = look_up(document, above)
    holder[int(token) if isinstance(holder, list) else token] = value


def resolve(provider: str, node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what its local $ref leads to."""
    while "$ref" in node:
        node = look_up(load(provider), node["$ref"])
    return node


def failure_reasons(provider: str) -> list[dict[str, Any]]:
    """Entries of `x-failure-reasons`, in their order."""
    entries: list[dict[str, Any]] = load(provider).get("x-failure-reasons", [])
    return entries


def reason_in_spec(provider: str, code: Any, words: str) -> str:
    """What the spec says of a failure with this code and these words."""
    for entry in failure_reasons(provider):
        is_code = entry.get("code") in (None, code)
        if is_code and entry.get("words", "").lower() in words.lower():
            return str(entry["reason"]).replace("-", "_")
    return "unknown"


def operations(provider: str | None = None) -> Iterator[Operation]:
    for name in (provider,) if provider else PROVIDERS:
        for path, item in load(name)["paths"].items():
            for method in METHODS:
                if method in item:
                    described = item[method]
                    id = described["operationId"]
                    yield Operation(name, id, method, path, described)


def operation(provider: str, id: str) -> Operation:
    return next(o for o in operations(provider) if o.id == id)


def examples(of: Operation | None = None) -> Iterator[Example]:
    """Every named example of one operation, or of all: the request's, then those of each answer."""
    for op in (of,) if of else operations():
        bodies = {"request": op.described.get("requestBody", {})} | {
            status: resolve(op.provider, answer)
            for status, answer in op.described["responses"].items()
        }
        for role, body in bodies.items():
            media_type = body.get("content", {}).get("application/json", {})
            for name, example in media_type.get("examples", {}).items():
                shown = resolve(op.provider, example)
                headers = shown.get("x-headers", {})
                yield Example(op, role, name, shown["value"], headers)


def requests(of: Operation | None = None) -> Iterator[Example]:
    return (example for example in examples(of) if example.role == "request")


def answers(of: Operation | None = None) -> Iterator[Example]:
    return (example for example in examples(of) if example.role != "request")


def server_url(provider: str) -> str:
    """Of the first server, its variables at their defaults."""
    server = load(provider)["servers"][0]
    defaults = {n: v["default"] for n, v in server.get("variables", {}).items()}
    url: str = server["url"]
    return url.format_map(defaults)


def status_operation(provider: str) -> Operation:
    return next(o for o in operations(provider) if "x-task-lifecycle" in o.described)


class Lifecycle:
    """`x-task-lifecycle` of one provider, applied to an answer."""

    def __init__(self, provider: str) -> None:
        self.described = status_operation(provider).described["x-task-lifecycle"]
        self.meanings: dict[str | int, str] = {
            state["value"]: state["meaning"] for state in self.described["states"]
        }
        """Of the states of a task."""
        self.not_found = {w for w, m in self.meanings.items() if m == "not-found"}
        """What stands in place of one where there is no such task."""
        for wire in self.not_found:
            del self.meanings[wire]

    def read(self, what: str, answer: Any) -> Any:
        """Of several places the first one that holds something counts; null is nothing."""
        for place in self.described["at"].get(what, ()):
            value = _at(place, answer)
            if value is not None:
                return value
        return None

    def write(self, what: str, answer: Any, value: Any) -> None:
        """At the first place that holds something."""
        for place in self.described["at"][what]:
            if _at(place, answer) is None:
                continue
            if isinstance(place, str):
                return put(answer, pointer_to(place), value)
            inner = json.loads(look_up(answer, place["in"]))
            put(inner, place["json"], value)
            return put(answer, place["in"], json.dumps(inner))
        raise LookupError(what)

    def shown(self, example: Example) -> str | int | None:
        """The state of the task that a documented answer tells of; None where it tells of none."""
        if not example.is_success:  # whatever stands there, such as `status: 404`
            return None
        state: str | int = self.read("state", example.document)
        return state if state in self.meanings else None

    def denies(self, example: Example) -> bool:
        """Whether the documented answer of a success says that there is no such task."""
        state = self.read("state", example.document)
        return example.is_success and state in self.not_found

    def meaning(self, answer: Any) -> str:
        return self.meanings[self.read("state", answer)]

    def urls(self, answer: Any) -> list[str]:
        result = self.read("result", answer)
        if result is None:
            return []
        return [result] if isinstance(result, str) else result


def pointer_to(place: str) -> str:
    """Of a field, or of a header, in such a value."""
    return f"/{place.lower()}" if place.startswith(HEADER) else place


def _at(place: str | dict[str, str], answer: Any) -> Any:
    try:
        if isinstance(place, str):
            return look_up(answer, pointer_to(place))
        return look_up(json.loads(look_up(answer, place["in"])), place["json"])
    except (LookupError, TypeError, ValueError):
        return None


@cache
def validator(provider: str, pointer: str) -> Draft202012Validator:
    """Of the schema at a pointer. Knows what JSON Schema knows, and nothing of ours."""
    registry = Registry([("urn:spec", load(provider))], draft=Draft202012)
    reference = {"$ref": f"urn:spec#{quote(pointer, safe='/~')}"}
    return Draft202012Validator(reference, registry=registry, validate_formats=True)


def request_validator(op: Operation) -> Draft202012Validator:
    path = op.path.replace("~", "~0").replace("/", "~1")
    return validator(
        op.provider,
        f"/paths/{path}/{op.method}/requestBody/content/application~1json/schema",
    )


def arguments(op: Operation) -> dict[str, Any]:
    """Valid arguments for the generated functions, from the spec's own examples."""
    given = {
        _python_name(parameter["name"]): parameter["example"]
        for parameter in op.described.get("parameters", ())
    }
    body = next(requests(op), None)
    return given if body is None else given | {"body": typed_body(op, body.value)}


def typed_body(op: Operation, value: Any) -> Any:
    model = op.described["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    models = import_module(f"imagetasks_clients.{op.provider}.models")
    return getattr(models, model.rpartition("/")[2]).from_dict(value)


def _python_name(name: str) -> str:
    return "_".join(re.split(r"[-_]|(?<=[a-z])(?=[A-Z])", name)).lower()


def key_header(provider: str, key: str = "key") -> dict[str, str]:
    """The header that the provider's generated client sends its key in."""
    client = import_module(f"imagetasks_clients.{provider}")
    return {client.AUTH_HEADER: f"{client.AUTH_PREFIX} {key}".strip()}
