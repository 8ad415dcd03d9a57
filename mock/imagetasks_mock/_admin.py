"""The mock's own operations, under `/_mock/`: tasks, clock, faults, requests, reset."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from ._answers import Answer
from ._clock import iso
from ._errors import MockError
from ._faults import KINDS
from ._faults import describe as describe_fault
from ._log import describe as describe_request
from ._requests import Request, Unreadable, parse_json
from ._tasks import Task
from ._world import World


class BadInput(Exception):
    """What is wrong with an admin request."""


def administer(request: Request, world: World) -> Answer:
    if _is_cross_site(request):
        return _problem(403, "the admin operations take no requests of other sites")
    try:
        return _route(request, world)
    except (BadInput, Unreadable, MockError) as error:
        return _problem(400, str(error))


def _route(request: Request, world: World) -> Answer:
    match request.method, request.path.split("/")[2:]:
        case "GET", ["tasks"]:
            return Answer.json(200, [describe(task) for task in world.tasks])
        case "POST", ["tasks", task_id]:
            return _end_task(request, world, unquote(task_id))
        case "GET", ["clock"]:
            return _clock(world)
        case "POST", ["clock"]:
            return _advance(request, world)
        case "GET", ["requests"]:
            return Answer.json(200, [describe_request(r) for r in world.log])
        case "GET", ["faults"]:
            return Answer.json(200, [describe_fault(f) for f in world.faults])
        case "POST", ["faults"]:
            return _add_fault(request, world)
        case "DELETE", ["faults"]:
            world.faults.clear()
            return Answer.json(200, [])
        case "POST", ["reset"]:
            world.reset()
            return Answer.json(200, {})
        case _, ["tasks"] | ["requests"]:
            return _not_allowed("GET")
        case _, ["tasks", _] | ["reset"]:
            return _not_allowed("POST")
        case _, ["clock"]:
            return _not_allowed("GET, POST")
        case _, ["faults"]:
            return _not_allowed("GET, POST, DELETE")
    there = "tasks, tasks/{id}, clock, faults, requests and reset"
    return _problem(404, f"there are {there} under /_mock/")


def describe(task: Task) -> dict[str, Any]:
    return {
        "provider": task.provider,
        "id": task.id,
        "state": task.state,
        "wire_state": task.wire_state,
        "created": iso(task.created),
        "prompt": task.prompt,
    }


def _end_task(request: Request, world: World, task_id: str) -> Answer:
    if task_id not in world.tasks:
        return _problem(404, f"there is no task {task_id!r}")
    task, told = world.tasks[task_id], _object(request, "outcome", "message", "code")
    match told.get("outcome"):
        case "failed":
            task.fail(_text(told, "message"), _text(told, "code"))
        case "succeeded":
            task.succeed()
        case "cancelled":
            task.cancel()
        case other:
            known = "'failed', 'succeeded' or 'cancelled'"
            raise BadInput(f"outcome is {known}, not {other!r}")
    return Answer.json(200, describe(task))


def _advance(request: Request, world: World) -> Answer:
    seconds = _object(request, "advance").get("advance")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise BadInput(f"advance is a number of seconds, not {seconds!r}")
    try:
        world.clock.advance(seconds)
    except (ValueError, OverflowError) as error:
        raise BadInput(str(error)) from None
    return _clock(world)


def _add_fault(request: Request, world: World) -> Answer:
    told = parse_json(request.body)
    if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
        raise BadInput(f"a fault is an object with a kind: {', '.join(KINDS)}")
    kind = told.pop("kind")
    return Answer.json(200, describe_fault(world.faults.add(kind, **told)))


def _clock(world: World) -> Answer:
    return Answer.json(200, {"now": iso(world.clock.time())})


def _object(request: Request, *names: str) -> dict[str, Any]:
    told = parse_json(request.body)
    if not isinstance(told, dict):
        raise BadInput("the body is not a JSON object")
    if unknown := sorted(told.keys() - names):
        raise BadInput(f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
    return told


def _text(told: dict[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is not None and not isinstance(value, str):
        raise BadInput(f"{name} is a text, not {value!r}")
    return value


def _is_cross_site(request: Request) -> bool:
    """A page of another site, open in a browser beside the mock, must not steer it."""
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _problem(status: int, words: str) -> Answer:
    return Answer.json(status, {"error": words})


def _not_allowed(allow: str) -> Answer:
    words = f"this is done with {allow.replace(', ', ' or ')}"
    return Answer.json(405, {"error": words}, ((b"allow", allow.encode()),))
