"""The mock's own operations under `/_mock/`. What they take and give is described in openapi.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from imagetasks_clients import PROVIDERS

from .._errors import MockError
from .._world import World
from ..http.answers import Answer, to_bytes
from ..http.requests import Request, Unreadable
from . import events, scenarios, steering, tasks, testcase, waiting
from .calls import AdminCall, Problem
from .directory import list_everything
from .sites import cross_site_reason


def administer(request: Request, world: World, own_host: str) -> Answer:
    if reason := cross_site_reason(request, own_host):
        words = f"the admin operations are not for pages of other sites: {reason}"
        return Problem(403, words).answer
    try:
        operation, last = _find(request)
        query, is_head = _read_query(request, operation.query), request.method == "HEAD"
        call = AdminCall(
            world, last, query, request.body, request.headers, request.origin, is_head
        )
        return operation.do(call)
    except Problem as problem:
        return problem.answer
    except (Unreadable, MockError) as error:
        return Problem(400, str(error)).answer


def _find(request: Request) -> tuple[AdminOperation, str]:
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
        raise Problem(400, f"no parameter {', '.join(unknown)}; known: {there_are}")
    if len(query) < len(pairs):
        raise Problem(400, "a parameter is there twice")
    return query


def _show_description(call: AdminCall) -> Answer:
    body = _description().encode()
    return Answer(200, body, ((b"content-type", b"application/yaml"),))


def _show_description_as_json(call: AdminCall) -> Answer:
    return Answer(200, _description_as_json())


@cache
def _description() -> str:
    text = (files("imagetasks_mock") / "server" / "openapi.yaml").read_text("utf-8")
    # The vendors are those that have a spec, also where the file does not know them yet.
    return _VENDORS.sub(f"enum: [{', '.join(PROVIDERS)}]", text)


@cache
def _description_as_json() -> bytes:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return to_bytes(yaml.load(_description(), Loader=loader))


def _show_directory(call: AdminCall) -> Answer:
    return list_everything(call.origin, call.world)


def _show_har(call: AdminCall) -> Answer:
    from .har import write_har

    return write_har(call)


_VENDORS = re.compile(r"(?<=    Provider:\n      type: string\n      )enum: .*")


class AdminOperation(NamedTuple):
    do: Callable[[AdminCall], Answer]
    query: tuple[str, ...] = ()
    """The parameters that there may be."""


_WAITED = ("for", "provider", "operation", "task", "after", "count", "timeout")
_TRAFFIC = ("provider", "operation", "verdict", "after", "limit")

OPERATIONS: dict[str, dict[str, AdminOperation]] = {
    "tasks": {
        "GET": AdminOperation(tasks.list_tasks, ("provider", "state", "key", "limit"))
    },
    "tasks/{id}": {
        "GET": AdminOperation(tasks.show_task),
        "POST": AdminOperation(tasks.end_task),
    },
    "requests": {"GET": AdminOperation(tasks.list_requests, _TRAFFIC)},
    "requests/{id}": {"GET": AdminOperation(tasks.show_request)},
    "webhooks": {"GET": AdminOperation(tasks.list_webhooks, ("provider", "limit"))},
    "events": {"GET": AdminOperation(events.stream, ("from", "timeout"))},
    "wait": {"GET": AdminOperation(waiting.wait, _WAITED)},
    "clock": {
        "GET": AdminOperation(steering.show_clock),
        "POST": AdminOperation(steering.set_clock),
    },
    "faults": {
        "GET": AdminOperation(steering.list_faults),
        "POST": AdminOperation(steering.add_fault),
        "DELETE": AdminOperation(steering.clear_faults),
    },
    "faults/{id}": {
        "GET": AdminOperation(steering.show_fault),
        "DELETE": AdminOperation(steering.remove_fault),
    },
    "accounts": {"GET": AdminOperation(steering.list_accounts)},
    "accounts/{id}": {"POST": AdminOperation(steering.set_account)},
    "health": {"GET": AdminOperation(steering.show_health)},
    "scenario": {
        "GET": AdminOperation(scenarios.show_scenario, ("of",)),
        "PUT": AdminOperation(scenarios.load_scenario),
    },
    "traffic.har": {"GET": AdminOperation(_show_har)},
    "test": {"GET": AdminOperation(testcase.write_test, ("task",))},
    "directory": {"GET": AdminOperation(_show_directory)},
    "reset": {"POST": AdminOperation(steering.reset)},
    "openapi.yaml": {"GET": AdminOperation(_show_description)},
    "openapi.json": {"GET": AdminOperation(_show_description_as_json)},
}
"""By path under /_mock/ and method. HEAD goes where GET does."""
