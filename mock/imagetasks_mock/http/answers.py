"""What goes back to a client: status, headers, body, and the way in which they arrive."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from ..specs.places import Json, with_headers, without_headers
from ..specs.schemas import Violation
from .deliveries import Delivery, whole

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE: Headers = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Headers = JSON_TYPE
    delivery: Delivery = whole
    invalid: str | None = None
    """How the request breaks the spec; for the log."""
    violations: tuple[Violation, ...] = ()
    """The same one by one, and what else the request is refused for; for the log."""

    @classmethod
    def json(cls, status: int, value: Json, headers: Headers = ()) -> Answer:
        body, extra = without_headers(value)
        more = tuple((name.encode(), text.encode()) for name, text in extra.items())
        return cls(status, to_bytes(body), JSON_TYPE + headers + more)

    @property
    def document(self) -> Json:
        """Of a body that is JSON: with its headers, as places have it."""
        extra = (h for h in self.headers if h not in JSON_TYPE)
        headers = {name.decode(): text.decode() for name, text in extra}
        return with_headers(json.loads(self.body), headers)

    def with_document(self, document: Json) -> Answer:
        """The same with other contents."""
        other = Answer.json(self.status, document)
        return replace(self, body=other.body, headers=other.headers)


def to_bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
