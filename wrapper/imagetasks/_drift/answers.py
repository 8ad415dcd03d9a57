"""What a provider's spec says of answers: which operation, which status, which shape."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .._http.answer import Answer
from .._specs.schema import Json, resolved
from .._specs.spec import HEADER, Spec
from .differences import differences
from .drift import Finding
from .numbers import non_finite
from .schema import Shape, shape_of


class DescribedOperation(NamedTuple):
    id: str
    method: str
    path: re.Pattern[str]
    responses: Mapping[str, Json]


class Documented(NamedTuple):
    """What is documented of one status of one operation: None is nothing."""

    body: Shape | None
    headers: Shape | None
    """Of those in which the vendor tells of a task, as an object of texts."""


class Answers:
    """The answers that one spec describes. Threads may share it; shapes are built on first use."""

    def __init__(
        self, spec: Spec, states: frozenset[str], telling: Sequence[str]
    ) -> None:
        """`states`: where the answers have a task's state. `telling`: the headers in which they tell of a task."""
        self._document = spec.document
        self._operations = list(_operations(spec.document))
        self._states = states
        self._telling = telling
        self._answers: dict[tuple[str, str], Documented] = {}
        self._lock = threading.Lock()

    def operation(self, method: str, path: str) -> DescribedOperation | None:
        """The operation that a request is one of."""
        for operation in self._operations:
            if operation.method == method and operation.path.fullmatch(path):
                return operation
        return None

    def check(self, operation: DescribedOperation, response: Answer) -> list[Finding]:
        """Where an answer differs from what is documented of its status."""
        documented, status = operation.responses, response.status_code
        names = (str(status), f"{status // 100}XX", "default")
        for name in names:
            if name in documented:
                break
        else:
            expected = ", ".join(documented)
            return [Finding("", "undocumented_status", expected, str(status))]
        answer = self._answer(operation, name)
        findings = [
            *self._of_headers(answer, response),
            *self._of_body(answer, response),
        ]
        return [*non_finite(response.content), *findings]

    def _of_body(self, answer: Documented, response: Answer) -> list[Finding]:
        if answer.body is None:
            return []
        try:
            return differences(answer.body, response.json(), self._states)
        except (ValueError, RecursionError):  # also of half a character in it
            return [Finding("", "unreadable", "JSON", _look(response))]

    def _of_headers(self, answer: Documented, response: Answer) -> list[Finding]:
        if answer.headers is None:
            return []
        headers = {
            name: response.headers[name]
            for name in self._telling
            if name in response.headers
        }
        states = {f"/{place.removeprefix(HEADER)}" for place in self._states}
        return [
            finding._replace(pointer=HEADER + finding.pointer.removeprefix("/"))
            for finding in differences(answer.headers, headers, states)
        ]

    def _answer(self, operation: DescribedOperation, response: str) -> Documented:
        place = (operation.id, response)
        if place not in self._answers:
            with self._lock:
                if place not in self._answers:
                    self._answers[place] = self._build(operation.responses[response])
        return self._answers[place]

    def _build(self, response: Json) -> Documented:
        *_, response = resolved(self._document, response)
        body = response.get("content", {}).get("application/json", {}).get("schema")
        headers = self._object_of(response.get("headers", {}))
        return Documented(
            None if body is None else shape_of(self._document, body),
            None if headers is None else shape_of(self._document, headers),
        )

    def _object_of(self, headers: Json) -> Json:
        """The schema of an object of the headers that are read, None without any."""
        read = {
            name: [*resolved(self._document, headers[name])][-1]
            for name in self._telling
            if name in headers
        }
        required = [name for name, header in read.items() if header.get("required")]
        properties = {name: header.get("schema", {}) for name, header in read.items()}
        return {"properties": properties, "required": required} if read else None


def _operations(document: Mapping[str, Json]) -> Iterator[DescribedOperation]:
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
                yield DescribedOperation(
                    operation["operationId"],
                    method,
                    re.compile(pattern),
                    operation["responses"],
                )


def _look(response: Answer) -> str:
    if not response.content:
        return "nothing"
    return "a web page" if response.content.lstrip()[:1] == b"<" else "text"
