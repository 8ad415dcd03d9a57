"""The life of a task as a pytest test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pprint import pformat

from ..http.answers import Answer
from ..specs.lifecycle import TERMINAL
from ..specs.secrets import HIDDEN, Secrets
from ..state.log import Received
from ..state.tasks import Task
from .calls import AdminCall, Problem
from .views import task_of

UNANSWERED = ("hang", "reset", "lost_answer")
"""Faults that leave a client without an answer: status 0, as browsers write it."""
CUT_OFF = ("truncated", "reset_in_body")
"""Faults that let a status through, and end in the body: a client raises too."""
_OF_THE_CLIENT = (
    *("host", "connection", "content-length", "content-type", "cookie"),
    *("accept", "accept-encoding", "accept-language", "user-agent"),
)


def write_test(call: AdminCall) -> Answer:
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
    text = "\n".join(_test(task, submit, looks, spec.secrets)) + "\n"
    kind = ((b"content-type", b"text/x-python; charset=utf-8"),)
    return Answer(200, text.encode("utf-8", "replace"), kind)


def _test(
    task: Task, submit: Received, looks: list[Received], secrets: Secrets
) -> Iterator[str]:
    name = re.sub(r"\W", "_", f"{task.provider}_task_{task.id}", flags=re.ASCII)
    yield '"""The life of a task, as the mock saw it."""'
    yield ""
    yield "import httpx"
    yield ""
    yield ""
    yield f"def test_{name}(imagetasks_mock):"
    yield "    mock = imagetasks_mock"
    yield "    key = mock.accounts.first_key"
    yield from _call(submit, None, secrets)
    yield "    task = list(mock.tasks)[-1]"
    is_over = False
    for look in looks:
        if not is_over and _shows_end(task, look):
            yield from _ending(task)
            is_over = True
        yield from _call(look, task.id, secrets)
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


def _call(received: Received, task_id: str | None, secrets: Secrets) -> Iterator[str]:
    fault = received.struck_by
    if fault is not None:
        where = {"provider": received.provider, "count": 1}
        what = {"status": fault.status, "retry_after": fault.retry_after}
        if fault.kind == "status":
            where |= {name: value for name, value in what.items() if value is not None}
        fields = ", ".join(f"{name}={value!r}" for name, value in where.items())
        yield f"    mock.faults.add({fault.kind!r}, {fields})"
    arguments = _arguments(received, task_id, secrets)
    if received.fault in UNANSWERED + CUT_OFF:
        yield "    try:"
        yield f"        httpx.request({arguments}, timeout=1)"
        yield "    except httpx.TransportError:"
        yield "        pass  # as the fault has it"
        return
    yield f"    answer = httpx.request({arguments})"
    yield f"    assert answer.status_code == {received.answer.status}"


def _arguments(received: Received, task_id: str | None, secrets: Secrets) -> str:
    path = secrets.mask_path(received.path)
    url = f"mock.url + {f'/{received.provider}{path}'!r}"
    if task_id:
        url += f".replace({task_id!r}, task.id)"
    headers = ", ".join(_headers(secrets.mask_headers(received.headers)))
    return f"{received.method!r}, {url}, headers={{{headers}}}{_body(received.body, secrets)}"


def _headers(headers: dict[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if name == "authorization":
            yield f'{name!r}: f"Bearer {{key}}"'
        elif name == "x-api-key":
            yield f"{name!r}: key"
        elif name not in _OF_THE_CLIENT:
            yield f"{name!r}: {value!r}"


def _body(body: bytes, secrets: Secrets) -> str:
    if not body:
        return ""
    text = secrets.mask_body(body)
    try:
        return f", json={pformat(json.loads(text), width=10**9, compact=True)}"
    except (ValueError, RecursionError):
        return f", content={(HIDDEN.encode() if text == HIDDEN else body)!r}"
