"""The admin operations on tasks, requests and webhooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from .._errors import MockError
from .._world import World
from ..http.answers import Answer
from ..outside.reports import Webhook
from ..outside.webhooks import describe as view_webhook
from ..specs.places import Json
from ..state.log import Received
from ..state.tasks import Task
from .calls import AdminCall, Problem, text
from .views import label, view_exchange, view_request, view_task

VERDICTS = ("valid", "refused", "struck")
STATES = ("pending", "queued", "running", "succeeded", "failed", "cancelled")

OfProvider = TypeVar("OfProvider", Task, Received, Webhook)


def list_tasks(call: AdminCall) -> Answer:
    state, key = call.choice("state", STATES), call.query.get("key")

    def fits(task: Task) -> bool:
        is_keys = key is None or label(task.account, call.world) == key
        return is_keys and state in (None, task.state)

    return _newest(call, filter(fits, call.world.tasks), view_task)


def list_requests(call: AdminCall) -> Answer:
    operation, verdict = call.operation(), call.choice("verdict", VERDICTS)
    after = call.number("after", least=0) or 0

    def fits(received: Received) -> bool:
        is_of = operation in (None, received.operation)
        return is_of and verdict in (None, received.verdict)

    return _newest(call, filter(fits, call.world.log.after(after)), view_request)


def list_webhooks(call: AdminCall) -> Answer:
    return _newest(call, call.world.webhooks, lambda one, _: view_webhook(one))


def _newest(
    call: AdminCall,
    kept: Iterable[OfProvider],
    view: Callable[[OfProvider, World], Json],
) -> Answer:
    """Those that the query asks for, oldest first."""
    provider, limit = call.provider(), call.number("limit")
    found = [one for one in kept if provider in (None, one.provider)]
    newest = found[-limit:] if limit else found
    return Answer.json(200, [view(one, call.world) for one in newest])


def show_request(call: AdminCall) -> Answer:
    is_number = call.id.isdecimal() and call.id.isascii() and len(call.id) < 19
    found = call.world.log.find(int(call.id)) if is_number else None
    if found is None:
        raise Problem(404, f"there is no request {call.id!r}")
    return Answer.json(200, view_exchange(found, call.world))


def show_task(call: AdminCall) -> Answer:
    return Answer.json(200, view_task(_task(call), call.world))


def end_task(call: AdminCall) -> Answer:
    task, fields = _task(call), call.object("outcome", "message", "code")
    message, code = text(fields, "message"), text(fields, "code")
    try:
        match fields.get("outcome"):
            case "failed":
                task.fail(message, code)
            case "succeeded":
                task.succeed()
            case "cancelled":
                task.cancel()
            case other:
                known = "'failed', 'succeeded' or 'cancelled'"
                raise Problem(400, f"outcome is {known}, not {other!r}")
    except MockError as error:
        raise Problem(409, str(error)) from None
    return Answer.json(200, view_task(task, call.world))


def _task(call: AdminCall) -> Task:
    if call.id not in call.world.tasks:
        raise Problem(404, f"there is no task {call.id!r}")
    return call.world.tasks[call.id]
