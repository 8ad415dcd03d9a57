"""The OpenAPI files of the vendors, as far as a server needs them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from urllib.parse import urlsplit

from .._errors import MockError
from .lifecycle import Lifecycle
from .places import Json, value_at, with_headers
from .secrets import Secrets

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Parameter:
    name: str
    where: str
    required: bool
    schema: Json
    idempotency_key: bool
    example: Json


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    """The server's path included, from the vendor's host on."""
    parameters: tuple[Parameter, ...]
    security: tuple[Json, ...]
    """Alternatives; each a list of schemes, to be met together."""
    body: Json
    """The schema of the request's JSON, None where there is no body."""
    success: int
    responses: dict[str, Json]
    links: tuple[Json, ...]
    lifecycle: Lifecycle | None
    raw: Json = field(repr=False)

    def examples(self, status: int) -> dict[str, Json]:
        response = self.responses.get(str(status), {})
        examples: dict[str, Json] = response.get("examples", {})
        return examples

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches a path that is still percent-encoded."""
        parts = re.split(r"\{(.+?)\}", self.path)
        parts[::2] = map(re.escape, parts[::2])
        parts[1::2] = ["([^/]+)" for _ in parts[1::2]]
        return re.compile("".join(parts))

    @cached_property
    def path_names(self) -> list[str]:
        return re.findall(r"\{(.+?)\}", self.path)


class Spec:
    """One vendor's description."""

    def __init__(self, provider: str, document: Json) -> None:
        self.provider = provider
        self.document = document
        self.server_path = _server_path(document["servers"][0])
        self.operations = {
            operation.id: operation for operation in self._read_operations()
        }

    @classmethod
    def load(cls, provider: str) -> Spec:
        # The clients carry their specs as data; their code, which imports httpx, stays out.
        source = files("imagetasks_clients") / provider / "openapi.json"
        try:
            return cls(provider, json.loads(source.read_bytes()))
        except (OSError, ValueError, LookupError) as error:
            raise MockError(
                f"{provider}: the spec cannot be read: {error!r}"
            ) from error

    @property
    def status_operation(self) -> tuple[Operation, Lifecycle]:
        for operation in self.operations.values():
            if operation.lifecycle:
                return operation, operation.lifecycle
        raise MockError(f"{self.provider}: no operation has x-task-lifecycle")

    @property
    def submits(self) -> list[Operation]:
        """The operations that make tasks: a link leads from them to the status call."""
        return [self.operations[name] for name in self.id_pointers]

    @cached_property
    def id_pointers(self) -> dict[str, str]:
        """Where the answer of a submit holds the task's id, by operation."""
        status, _ = self.status_operation
        found = {o.id: _linked_pointer(o, status) for o in self.operations.values()}
        return {name: pointer for name, pointer in found.items() if pointer}

    @cached_property
    def secrets(self) -> Secrets:
        return Secrets(self.document)

    @property
    def tiers(self) -> tuple[str, ...]:
        """What keys can be of, with limits for each; none where none are documented."""
        return tuple(self.document.get("x-rate-limits", {}).get("tiers", {}))

    def mentions(self, text: str) -> bool:
        """Whether it is among the words of the spec: a model, for one."""
        return json.dumps(text) in json.dumps(self.document)

    def tells_id(self, submit: Operation, answer: Json) -> bool:
        """Whether an answer of a submit holds the id of a task, or a list of them."""
        pointer = self.id_pointers[submit.id]
        above, _, name = pointer.rpartition("/")
        places = (pointer, f"{above}/0/{name}")
        return any(value_at(answer, place) is not None for place in places)

    def resolve(self, node: Json) -> Json:
        """The node, or what its `$ref` leads to."""
        while isinstance(node, dict) and "$ref" in node:
            steps = node["$ref"].removeprefix("#/").split("/")
            node = self.document
            for step in steps:
                node = node[step.replace("~1", "/").replace("~0", "~")]
        return node

    def _read_operations(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in _METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: Json) -> Operation:
        raw = item[method]
        responses = {s: self._response(r) for s, r in raw["responses"].items()}
        success = next(s for s in sorted(responses) if s.startswith("2"))
        lifecycle = raw.get("x-task-lifecycle")
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            path=self.server_path + path,
            parameters=tuple(self._parameters(item, raw)),
            security=tuple(self._security(raw)),
            body=self._content(raw.get("requestBody")).get("schema"),
            success=int(success),
            responses=responses,
            links=tuple(self._links(raw["responses"][success])),
            lifecycle=Lifecycle.parse(lifecycle) if lifecycle else None,
            raw=raw,
        )

    def _response(self, response: Json) -> Json:
        content = self._content(response)
        examples = content.get("examples", {}).items()
        shown = {name: self.resolve(example) for name, example in examples}
        return {
            "schema": content.get("schema"),
            "examples": {
                name: with_headers(example["value"], example.get("x-headers", {}))
                for name, example in shown.items()
            },
        }

    def _content(self, node: Json) -> Json:
        node = self.resolve(node) or {}
        return node.get("content", {}).get("application/json", {})

    def _parameters(self, item: Json, raw: Json) -> Iterator[Parameter]:
        for node in [*item.get("parameters", []), *raw.get("parameters", [])]:
            parameter = self.resolve(node)
            yield Parameter(
                name=parameter["name"],
                where=parameter["in"],
                required=parameter.get("required", False),
                schema=parameter.get("schema", {}),
                idempotency_key=parameter.get("x-idempotency-key", False),
                example=parameter.get("example"),
            )

    def _security(self, raw: Json) -> Iterator[Json]:
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        for alternative in raw.get("security", self.document.get("security", [])):
            yield [schemes[name] for name in alternative]

    def _links(self, response: Json) -> Iterator[Json]:
        for link in self.resolve(response).get("links", {}).values():
            yield self.resolve(link)


def _server_path(server: Json) -> str:
    url: str = server["url"]
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", variable["default"])
    return urlsplit(url).path.rstrip("/")


def _linked_pointer(submit: Operation, status: Operation) -> str | None:
    for link in submit.links:
        if link.get("operationId") == status.id:
            for place in link.get("parameters", {}).values():
                return str(place).removeprefix("$response.body#")
    return None
