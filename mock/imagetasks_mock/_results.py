"""The pictures behind the result URLs. No key is asked for, as at the vendors' hosts."""

from __future__ import annotations

import asyncio
import re

from . import _pictures
from ._answers import Answer
from ._requests import Request
from ._tasks import Task, Tasks

_PATH = re.compile(r"/_results/([^/]+)/([^/]+)/0\.(png|gif)")


async def serve_result(request: Request, tasks: Tasks) -> Answer:
    if request.method not in ("GET", "HEAD"):
        return _problem(405, "results are read with GET or HEAD", b"GET, HEAD")
    found = _PATH.fullmatch(request.path)
    task = found and tasks.find(found[1], found[2])
    if not (task and task.state == "succeeded"):
        return _problem(404, "there is no such result")
    if has_expired(task):
        return _problem(403, "this result has expired")
    # A thread: a large picture takes a while, and polls go on meanwhile.
    return await asyncio.to_thread(_render, task)


def has_expired(task: Task) -> bool:
    lifetime = task.lifecycle.lifetime
    return lifetime is not None and task.clock.time() > task.ends + lifetime


def _render(task: Task) -> Answer:
    draw, kind = _pictures.draw, b"image/png"
    if task.kind == "video":
        draw, kind = _pictures.animate, b"image/gif"
    body = draw(task.provider, task.id, task.prompt, task.picture)
    return Answer(200, body, ((b"content-type", kind),))


def _problem(status: int, words: str, allow: bytes | None = None) -> Answer:
    headers = ((b"allow", allow),) if allow else ()
    return Answer.json(status, {"error": words}, headers)
