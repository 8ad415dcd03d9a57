"""The mock's own operations under `/_mock/`. What they take and give is described in openapi.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote

from imagetasks_clients import PROVIDERS

from .._errors import MockError
from .._world import World
from ..http.answers import Answer, Headers
from ..http.fault import Fault
from ..http.fault import describe as describe_fault
from ..http.requests import Request, Unreadable, parse_json
from ..outside.reports import Webhook
from ..outside.webhooks import describe as describe_webhook
from ..specs.places import Json
from ..specs.times import iso
from ..state.log import Received
from ..state.log import describe as describe_request
from ..state.tasks import Task
from .sites import cross_site_reason

OfProvider = TypeVar("OfProvider", Task, Received, Webhook)


class Problem(Exception):
    """An admin request that is not done, and why."""

    def __init__(self, status: int, words: str, headers: Headers = ()) -> None:
        super().__init__(words)
        self.answer = Answer.json(status, {"error": words}, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """An admin request, taken apart."""

    world: World
    id: str
    """The last part of a path that ends in an id, else empty."""
    query: dict[str, str]
    body: bytes

    def object(self, *names: str) -> dict[str, Any]:
        """The body; `names` are the fields that it may have, any if there are none."""
        fields = parse_json(self.body)
        if not isinstance(fields, dict):
            raise Problem(400, "the body is not a JSON object")
        if names and (unknown := sorted(fields.keys() - names)):
            known = ", ".join(names)
            raise Problem(400, f"unknown: {', '.join(unknown)}; known: {known}")
        return fields


def administer(request: Request, world: World, own_host: str) -> Answer:
    if reason := cross_site_reason(request, own_host):
        words = f"the admin operations are not for pages of other sites: {reason}"
        return Problem(403, words).answer
    try:
        operation, last = _find(request)
        query = _read_query(request, operation.query)
        return operation.do(Call(world, last, query, request.body))
    except Problem as problem:
        return problem.answer
    except (Unreadable, MockError) as error:
        return Problem(400, str(error)).answer


def _find(request: Request) -> tuple[Operation, str]:
    name, slash, last = request.path.removeprefix("/_mock/").partition("/")
    methods = OPERATIONS.get(f"{name}/{{id}}" if slash else name)
    if methods is None:
        raise Problem(404, f"there are {', '.join(OPERATIONS)} under /_mock/")
    operation = methods.get("GET" if request.method == "HEAD" else request.method)
    if operation is None:
        allow = ", ".join(["HEAD", *methods] if "GET" in methods else methods)
        words = f"{request.method} is not among the methods of this path: {allow}"
        raise Problem(405, words, ((b"allow", allow.encode()),))
    return operation, unquote(last)


def _read_query(request: Request, known: tuple[str, ...]) -> dict[str, str]:
    pairs = parse_qsl(request.query.decode("latin-1"), keep_blank_values=True)
    query = dict(pairs)
    if unknown := sorted(query.keys() - known):
        there_are = ", ".join(known) or "none"
        raise Problem(400, f"no parameter {', '.join(unknown)}; there are {there_are}")
    if len(query) < len(pairs):
        raise Problem(400, "a parameter is there twice")
    return query


# Tasks and requests.


def _list_tasks(call: Call) -> Answer:
    return _newest(call, call.world.tasks, describe)


def _list_requests(call: Call) -> Answer:
    return _newest(call, call.world.log, describe_request)


def _list_webhooks(call: Call) -> Answer:
    return _newest(call, call.world.webhooks, describe_webhook)


def _newest(
    call: Call, kept: Iterable[OfProvider], describe: Callable[[OfProvider], Json]
) -> Answer:
    """Those that the query asks for, oldest first."""
    provider, limit = call.query.get("provider"), call.query.get("limit")
    if provider is not None and provider not in PROVIDERS:
        words = f"no provider {provider!r}; there are {', '.join(PROVIDERS)}"
        raise Problem(400, words)
    if limit is not None and not re.fullmatch("[1-9][0-9]{0,8}", limit):
        raise Problem(400, f"limit is a number from 1 up, not {limit!r}")
    found = [one for one in kept if provider in (None, one.provider)]
    newest = found[-int(limit) :] if limit else found
    return Answer.json(200, list(map(describe, newest)))


def _show_task(call: Call) -> Answer:
    return Answer.json(200, describe(_task(call)))


def _end_task(call: Call) -> Answer:
    task, fields = _task(call), call.object("outcome", "message", "code")
    message, code = _text(fields, "message"), _text(fields, "code")
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
    return Answer.json(200, describe(task))


def _task(call: Call) -> Task:
    if call.id not in call.world.tasks:
        raise Problem(404, f"there is no task {call.id!r}")
    return call.world.tasks[call.id]


def describe(task: Task) -> dict[str, Json]:
    return {
        "provider": task.provider,
        "id": task.id,
        "state": task.state,
        "wire_state": task.wire_state,
        "created": iso(task.created),
        "prompt": task.prompt,
    }


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise Problem(400, f"{name} is a text, not {value!r}")
    return value


# Time.


def _show_clock(call: Call) -> Answer:
    return Answer.json(200, {"now": iso(call.world.clock.time())})


def _advance(call: Call) -> Answer:
    seconds: Any = call.object("advance").get("advance")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not (is_number and seconds >= 0):
        raise Problem(400, f"advance is a number of seconds from 0 up, not {seconds!r}")
    try:
        call.world.clock.advance(seconds)
    except (ValueError, OverflowError) as error:
        raise Problem(409, str(error)) from None
    return _show_clock(call)


# Faults.


def _list_faults(call: Call) -> Answer:
    return Answer.json(200, [describe_fault(fault) for fault in call.world.faults])


def _add_fault(call: Call) -> Answer:
    fields = call.object()
    if "kind" not in fields:
        raise Problem(400, "a fault is an object with a kind")
    return Answer.json(200, describe_fault(call.world.faults.add(**fields)))


def _clear_faults(call: Call) -> Answer:
    call.world.faults.clear()
    return _list_faults(call)


def _show_fault(call: Call) -> Answer:
    return Answer.json(200, describe_fault(_fault(call)))


def _remove_fault(call: Call) -> Answer:
    fault = _fault(call)
    call.world.faults.remove(fault)
    return Answer.json(200, describe_fault(fault))


def _fault(call: Call) -> Fault:
    found = (fault for fault in call.world.faults if str(fault.id) == call.id)
    fault = next(found, None)
    if fault is None:
        raise Problem(404, f"there is no fault {call.id!r}")
    return fault


# The whole.


def _reset(call: Call) -> Answer:
    call.world.reset()
    return Answer.json(200, {})


def _show_description(call: Call) -> Answer:
    text = (files("imagetasks_mock") / "server" / "openapi.yaml").read_text("utf-8")
    # The vendors are those that have a spec, also where the file does not know them yet.
    text = _VENDORS.sub(f"enum: [{', '.join(PROVIDERS)}]", text)
    return Answer(200, text.encode(), ((b"content-type", b"application/yaml"),))


_VENDORS = re.compile(r"(?<=    Provider:\n      type: string\n      )enum: .*")


class Operation(NamedTuple):
    do: Callable[[Call], Answer]
    query: tuple[str, ...] = ()
    """The parameters that there may be."""


OPERATIONS: dict[str, dict[str, Operation]] = {
    "tasks": {"GET": Operation(_list_tasks, ("provider", "limit"))},
    "tasks/{id}": {"GET": Operation(_show_task), "POST": Operation(_end_task)},
    "requests": {"GET": Operation(_list_requests, ("provider", "limit"))},
    "webhooks": {"GET": Operation(_list_webhooks, ("provider", "limit"))},
    "clock": {"GET": Operation(_show_clock), "POST": Operation(_advance)},
    "faults": {
        "GET": Operation(_list_faults),
        "POST": Operation(_add_fault),
        "DELETE": Operation(_clear_faults),
    },
    "faults/{id}": {"GET": Operation(_show_fault), "DELETE": Operation(_remove_fault)},
    "reset": {"POST": Operation(_reset)},
    "openapi.yaml": {"GET": Operation(_show_description)},
}
"""By path under /_mock/ and method. HEAD goes where GET does."""
