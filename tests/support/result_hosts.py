"""Hosts that results are on, and tasks whose results are there."""

from __future__ import annotations

import gzip
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
from imagetasks import Artifact, State, Task
from support.drivers import Script

XING = "xingchaoyiqing"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 1000
URL = "https://cdn.example.com/1.png"


def task(
    *urls: str, expires_at: datetime | None = None, id: str = "image_1", **known: Any
) -> Task:
    artifacts = tuple(Artifact(url, expires_at=expires_at) for url in urls)
    return Task(
        **{"provider": XING, "id": id, "state": State.SUCCEEDED, "artifacts": artifacts}
        | known
    )


def picture(
    content: bytes = PNG,
    media_type: str = "application/octet-stream",
    status: int = 200,
    **headers: str,
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(
        status, content=content, headers={"Content-Type": media_type} | named
    )


class Hosts:
    """Each URL answers from a list of its own; any other is an error of the test."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._scripts = {
            url: Script(*(given if isinstance(given, list) else [given]))
            for url, given in answers.items()
        }
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._scripts[str(request.url)](request)

    @property
    def asked(self) -> list[str]:
        return [str(request.url) for request in self.requests]


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Chunks as they are on the wire. A function among them is called in its turn."""

    def __init__(self, *chunks: bytes | Callable[[], object]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, bytes):
                yield chunk
            else:
                chunk()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def reset() -> None:
    raise httpx.ReadError("reset")


def cut(content: bytes, **headers: str) -> httpx.Response:
    """A body that breaks off."""
    return httpx.Response(200, headers=headers, stream=Body(content, reset))


def packed(content: bytes) -> httpx.Response:
    body = Body(gzip.compress(content))
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=body)


class Names:
    """A name server: each name has lists of addresses, one for each question; the last one stays."""

    def __init__(self) -> None:
        self._resolve = socket.getaddrinfo
        self._known: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def add(self, name: str, *answers: list[str]) -> None:
        self._known[name] = list(answers)

    def __call__(self, host: Any, port: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self._known:
            return self._resolve(host, port, *args, **options)
        self.asked.append(name)
        answers = self._known[name]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                socket.IPPROTO_TCP,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in (answers.pop(0) if len(answers) > 1 else answers[0])
        ]
