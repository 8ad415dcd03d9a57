"""The files behind the result URLs. No key is asked for, as at the vendors' hosts."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from .._errors import MockError
from ..http.answers import Answer, Headers
from ..http.requests import Request
from ..state.tasks import Task, Tasks
from .pictures import Size, draw
from .video import film

# A number of more digits is beyond every file, and may be ignored like all that is odd.
_BYTES = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.IGNORECASE)
_PATH = re.compile(r"/_results/([^/]+)/([^/]+)/[^/]+")
# A thread, so that polls go on meanwhile; and no second one: while it is drawn, a picture of
# 3840 x 3840 takes 90 MB.
_PAINTER = ThreadPoolExecutor(1, thread_name_prefix="imagetasks_mock_results")


class File(NamedTuple):
    body: bytes
    media_type: bytes
    tag: str
    """Of exactly these bytes: a strong one."""


async def serve_result(request: Request, tasks: Tasks) -> Answer:
    if request.method not in ("GET", "HEAD"):
        return _problem(405, "results are read with GET or HEAD", b"GET, HEAD")
    task = _find(request.path, tasks)
    if task is None:
        return _problem(404, "there is no such result")
    if has_expired(task):
        return _problem(403, "this result has expired")
    made_of = (task.kind, task.provider, task.id, task.prompt, task.picture)
    try:
        loop = asyncio.get_running_loop()
        file = await loop.run_in_executor(_PAINTER, _make, *made_of)
    except MockError as error:
        return _problem(501, str(error))
    return _serve(file, request)


def has_expired(task: Task) -> bool:
    lifetime = task.lifecycle.lifetime
    return lifetime is not None and task.clock.time() > task.ends + lifetime


def _find(path: str, tasks: Tasks) -> Task | None:
    found = _PATH.fullmatch(path)
    task = tasks.find(found[1], found[2]) if found else None
    if task and task.state == "succeeded" and task.result_url.endswith(path):
        return task
    return None


# 40 MB at most: a picture of 4096 x 4096 that is full of words has 2.5, one of 4k mostly 0.3.
@lru_cache(maxsize=16)
def _make(
    kind: str, provider: str, task_id: str, prompt: str | None, size: Size
) -> File:
    make, media_type = (film, b"video/mp4") if kind == "video" else (draw, b"image/png")
    body = make(provider, task_id, prompt, size)
    return File(body, media_type, f'"{sha256(body).hexdigest()[:32]}"')


def _serve(file: File, request: Request) -> Answer:
    length = len(file.body)
    part = _requested_range(request, length, file.tag)
    headers: Headers = (
        (b"content-type", file.media_type),
        (b"accept-ranges", b"bytes"),
        (b"etag", file.tag.encode()),
    )
    if part is None:
        return Answer(200, file.body, headers)
    if not part:
        words = {"error": f"this result has {length} bytes"}
        return Answer.json(416, words, ((b"content-range", b"bytes */%d" % length),))
    content_range = b"bytes %d-%d/%d" % (part[0], part[-1], length)
    body = file.body[part.start : part.stop]
    return Answer(206, body, (*headers, (b"content-range", content_range)))


def _requested_range(request: Request, length: int, tag: str) -> range | None:
    """
    Section 14 of RFC 9110, one range. Which bytes of so many are asked for; None is all of them, without a word on ranges. Empty
    when none of those asked for is there.
    """
    # "GET is the only method" that ranges are defined for: to HEAD, all of the headers.
    found = _BYTES.fullmatch(request.headers.get("range", ""))
    if not found or request.method != "GET":
        return None
    # Dates have no chance: no result tells when it was last changed.
    if request.headers.get("if-range", tag) != tag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(length - int(last), 0), length) if last else None
    start, stop = int(first), int(last) + 1 if last else length
    if last and stop <= start:
        return None  # backwards, which is no range
    return range(start, min(stop, length))


def _problem(status: int, words: str, allow: bytes | None = None) -> Answer:
    headers = ((b"allow", allow),) if allow else ()
    return Answer.json(status, {"error": words}, headers)
