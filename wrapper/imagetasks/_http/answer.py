"""An answer of a vendor, whole and in memory."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any


class Headers(Mapping[str, str]):
    """Headers, by names in any case."""

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self._headers = {_text(k).lower(): _text(v) for k, v in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)


class Answer:
    """Status, headers that are read anywhere, and body. The JSON is parsed once: the model and `Task.raw` share it."""

    __slots__ = ("_headers", "_json", "content", "status_code", "task_headers")

    def __init__(
        self,
        status_code: int,
        headers: Mapping[bytes, bytes],
        content: bytes,
        task_headers: tuple[bytes | None, ...] = (),
    ) -> None:
        self.status_code = status_code
        self.content = content
        self.task_headers = task_headers
        """The values of those headers in which this vendor tells of a task."""
        self._headers = headers
        self._json: Any = None

    @property
    def headers(self) -> Headers:
        """Decoded at each use: most polls never need them."""
        return Headers(self._headers)

    def json(self) -> Any:
        """
        Raises ValueError for what is no JSON. Numbers that JSON has no word for (NaN, 1e400) are None: nobody could
        write them down.
        """
        if self._json is None:
            self._json = json.loads(
                self.content, parse_constant=lambda _: None, parse_float=finite_float
            )
        return self._json

    @property
    def fingerprint(self) -> int:
        """The same for answers that say the same in status, body and headers about the task."""
        return hash((self.status_code, self.content, *self.task_headers))


def finite_float(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
