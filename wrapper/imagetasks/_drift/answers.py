"""What a provider's spec says of answers: which operation, which status, which shape."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import httpx

from .._schema import Json, resolved
from .._spec import Spec
from .differences import differences
from .drift import Finding
from .schema import Shape, shape_of


class Operation(NamedTuple):
    id: str
    method: str
    path: re.Pattern[str]
    responses: Mapping[str, Json]


class Answers:
    """The answers that one spec describes. Threads may share it; shapes are built on first use."""

    def __init__(self, spec: Spec) -> None:
        self._document = spec.document
        self._operations = list(_operations(spec.document))
        self._states = spec.state_pointers
        self._shapes: dict[tuple[str, str], Shape | None] = {}
        self._lock = threading.Lock()

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request is one of."""
        for operation in self._operations:
            if operation.method == method and operation.path.fullmatch(path):
                return operation
        return None

    def check(self, operation: Operation, response: httpx.Response) -> list[Finding]:
        """Where an answer differs from what is documented of its status."""
        documented, status = operation.responses, response.status_code
        names = (str(status), f"{status // 100}XX", "default")
        for name in names:
            if name in documented:
                break
        else:
            expected = ", ".join(documented)
            return [Finding("", "undocumented_status", expected, str(status))]
        shape = self._shape(operation, name)
        if shape is None:
            return []
        try:
            return differences(shape, response.json(), self._states)
        except (ValueError, RecursionError):  # also of half a character in it
            return [Finding("", "unreadable", "JSON", _look(response))]

    def _shape(self, operation: Operation, response: str) -> Shape | None:
        place = (operation.id, response)
        if place not in self._shapes:
            with self._lock:
                if place not in self._shapes:
                    self._shapes[place] = self._build(operation.responses[response])
        return self._shapes[place]

    def _build(self, response: Json) -> Shape | None:
        *_, response = resolved(self._document, response)
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        return None if schema is None else shape_of(self._document, schema)


def _operations(document: Mapping[str, Json]) -> Iterator[Operation]:
    # One without a parameter first: the other may take its name for an id.
    for path, item in sorted(
        document["paths"].items(), key=lambda each: "{" in each[0]
    ):
        for method, operation in item.items():
            if isinstance(operation, Mapping) and "operationId" in operation:
                parts = re.split(r"(\{[^}]*\})", path)
                pattern = "".join(
                    "[^/]+" if part.startswith("{") else re.escape(part)
                    for part in parts
                )
                yield Operation(
                    operation["operationId"],
                    method,
                    re.compile(pattern),
                    operation["responses"],
                )


def _look(response: httpx.Response) -> str:
    if not response.content:
        return "nothing"
    return "a web page" if response.content.lstrip()[:1] == b"<" else "text"
