"""What a session leaves behind for others: its traffic as HAR, and the life of a task as a test."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pprint import pformat
from urllib.parse import parse_qsl

import harfile

from ..http.answers import Answer
from ..specs.lifecycle import TERMINAL
from ..state.log import Received
from ..state.tasks import Task
from .calls import Call, Problem
from .views import task_of

UNANSWERED = ("hang", "reset", "lost_answer")
"""Faults that leave a client without an answer: status 0, as browsers write it."""
_OF_THE_CLIENT = (
    *("host", "connection", "content-length", "content-type", "cookie"),
    *("accept", "accept-encoding", "accept-language", "user-agent"),
)


# HAR.


def write_har(call: Call) -> Answer:
    """All that is kept of the traffic, as HAR 1.2."""
    text = io.StringIO()
    creator = harfile.Creator("imagetasks mock", "1.0.0")
    with harfile.HarFile(text, creator=creator) as har:
        for received in call.world.log:
            _add_entry(har, received, call.origin)
    return Answer(200, text.getvalue().encode("utf-8", "replace"))


def _add_entry(har: harfile.HarFile, received: Received, origin: str) -> None:
    milliseconds = 1000 * (received.took or 0)
    har.add_entry(
        startedDateTime=received.at,
        time=milliseconds,
        request=_request(received, origin),
        response=_response(received),
        timings=harfile.Timings(send=0, wait=milliseconds, receive=0),
        comment=_comment(received),
    )


def _comment(received: Received) -> str:
    words = received.fault or received.refused or received.invalid
    named = f"{received.provider} {received.operation}: {received.verdict}"
    return f"{named}: {words}" if words else named


def _request(received: Received, origin: str) -> harfile.Request:
    body = received.body.decode("utf-8", "replace")
    mime = received.headers.get("content-type", "")
    query = parse_qsl(received.path.partition("?")[2], keep_blank_values=True)
    return harfile.Request(
        method=received.method,
        url=f"{origin}/{received.provider}{received.path}",
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(n, v) for n, v in received.headers.items()],
        queryString=[harfile.Record(n, v) for n, v in query],
        postData=harfile.PostData(mimeType=mime, text=body) if body else None,
        bodySize=len(received.body),
    )


def _response(received: Received) -> harfile.Response:
    if received.fault in UNANSWERED:
        return harfile.Response(0, "", "HTTP/1.1", bodySize=0)
    answer = received.answer
    headers = {n.decode(): v.decode("latin-1") for n, v in answer.headers}
    return harfile.Response(
        status=answer.status,
        statusText=_phrase(answer.status),
        httpVersion="HTTP/1.1",
        headers=[harfile.Record(n, v) for n, v in headers.items()],
        content=harfile.Content(
            size=len(answer.body),
            mimeType=headers.get("content-type", ""),
            text=answer.body.decode("utf-8", "replace"),
        ),
        redirectURL=headers.get("location", ""),
        bodySize=len(answer.body),
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


# A test.


def write_test(call: Call) -> Answer:
    """The life of one task as a pytest test, which needs the fixture `imagetasks_mock` and httpx."""
    task_id = call.query.get("task")
    if task_id is None or task_id not in call.world.tasks:
        raise Problem(404, f"there is no task {task_id!r}")
    task = call.world.tasks[task_id]
    spec = call.world.specs[task.provider]
    of_task = [
        received
        for received in call.world.log
        if received.provider == task.provider and task_of(received, spec) == task_id
    ]
    submit = next((r for r in of_task if r.operation in spec.id_pointers), None)
    if submit is None:
        raise Problem(409, f"the submit of task {task_id} is not kept any more")
    looks = of_task[of_task.index(submit) + 1 :]
    text = "\n".join(_test(task, submit, looks)) + "\n"
    kind = ((b"content-type", b"text/x-python; charset=utf-8"),)
    return Answer(200, text.encode("utf-8", "replace"), kind)


def _test(task: Task, submit: Received, looks: list[Received]) -> Iterator[str]:
    name = re.sub(r"\W", "_", f"{task.provider}_task_{task.id}", flags=re.ASCII)
    yield '"""The life of a task, as the mock saw it."""'
    yield ""
    yield "import httpx"
    yield ""
    yield ""
    yield f"def test_{name}(imagetasks_mock):"
    yield "    mock = imagetasks_mock"
    yield "    key = mock.accounts.first_key"
    yield from _call(submit, None)
    yield "    task = list(mock.tasks)[-1]"
    is_over = False
    for look in looks:
        if not is_over and _shows_end(task, look):
            yield from _ending(task)
            is_over = True
        yield from _call(look, task.id)
    if task.is_terminal and not is_over:
        yield from _ending(task)
    if task.is_terminal:
        yield f"    assert task.state == {task.state!r}"


def _shows_end(task: Task, look: Received) -> bool:
    """By its answer, not its time: where the clock stands still all times are the same."""
    if look.fault is not None:
        return False
    return task.lifecycle.meaning_of(look.answer.document) in TERMINAL


def _ending(task: Task) -> Iterator[str]:
    if task.state == "failed":
        yield f"    task.fail({task.fate.message!r}, {task.fate.code!r})"
    else:
        yield f"    task.{'succeed' if task.state == 'succeeded' else 'cancel'}()"


def _call(received: Received, task_id: str | None) -> Iterator[str]:
    fault = received.struck_by
    if fault is not None:
        where = {"provider": received.provider, "count": 1}
        what = {"status": fault.status, "retry_after": fault.retry_after}
        if fault.kind == "status":
            where |= {name: value for name, value in what.items() if value is not None}
        fields = ", ".join(f"{name}={value!r}" for name, value in where.items())
        yield f"    mock.faults.add({fault.kind!r}, {fields})"
    if received.fault in UNANSWERED:
        yield "    try:"
        yield f"        httpx.request({_arguments(received, task_id)}, timeout=1)"
        yield "    except httpx.TransportError:"
        yield "        pass  # as the fault has it"
        return
    yield f"    answer = httpx.request({_arguments(received, task_id)})"
    yield f"    assert answer.status_code == {received.answer.status}"


def _arguments(received: Received, task_id: str | None) -> str:
    url = f"mock.url + {f'/{received.provider}{received.path}'!r}"
    if task_id:
        url += f".replace({task_id!r}, task.id)"
    headers = ", ".join(_headers(received))
    return f"{received.method!r}, {url}, headers={{{headers}}}{_body(received)}"


def _headers(received: Received) -> Iterator[str]:
    for name, value in received.headers.items():
        if name == "authorization":
            yield f'{name!r}: f"Bearer {{key}}"'
        elif name == "x-api-key":
            yield f"{name!r}: key"
        elif name not in _OF_THE_CLIENT:
            yield f"{name!r}: {value!r}"


def _body(received: Received) -> str:
    if not received.body:
        return ""
    try:
        return f", json={pformat(json.loads(received.body), width=10**9, compact=True)}"
    except (ValueError, RecursionError):
        return f", content={received.body!r}"
