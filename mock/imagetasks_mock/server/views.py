"""Tasks, requests and accounts as the admin API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from urllib.parse import parse_qsl, unquote

from .._world import World
from ..http.fault import describe as view_fault
from ..http.requests import Unreadable, parse_json
from ..specs.places import Json, value_at
from ..specs.spec import Operation, Spec
from ..specs.times import iso
from ..state.accounts import DEFAULT_KEY, Account
from ..state.log import Received
from ..state.tasks import Task


def view_task(task: Task, world: World) -> dict[str, Json]:
    return {
        "provider": task.provider,
        "id": task.id,
        "state": task.state,
        "wire_state": task.wire_state,
        "created": iso(task.created),
        "prompt": task.prompt,
        "model": task.model,
        "kind": task.kind,
        "key": label(task.account, world),
        "result": task.result_url if task.state == "succeeded" else None,
    }


def label(key: str, world: World) -> str:
    """An API key as it may be shown: as it is where the scenario names it, else what cannot be turned back into it."""
    if not key or key == DEFAULT_KEY or world.accounts.is_configured(key):
        return key
    return f"***{sha256(key.encode()).hexdigest()[:6]}"


def view_account(account: Account, world: World) -> dict[str, Json]:
    return {
        "key": label(account.key, world),
        "tier": account.tier,
        "credits": {name: account.balance(name) for name in world.specs},
        "spent": {name: account.spent(name) for name in world.specs},
    }


def summarise(received: Received, world: World) -> dict[str, Json]:
    """What a list needs: neither headers nor bodies."""
    spec = world.specs[received.provider]
    return {
        "id": received.id,
        "at": iso(received.at.timestamp()),
        "provider": received.provider,
        "operation": received.operation,
        "method": received.method,
        "path": spec.secrets.mask_path(received.path),
        "status": received.status,
        "verdict": received.verdict,
        "refused": received.refused,
        "invalid": received.invalid,
        "fault": received.fault,
        "task": task_of(received, spec),
        "took": None if received.took is None else round(received.took, 6),
    }


def view_request(received: Received, world: World) -> dict[str, Json]:
    spec = world.specs[received.provider]
    operation = spec.operations.get(received.operation or "")
    return {
        **summarise(received, world),
        "headers": spec.secrets.mask_headers(received.headers),
        "body": spec.secrets.mask_body(received.body),
        "reasons": [
            {
                "rule": violation.rule,
                "words": str(violation),
                "pointer": violation.pointer,
                "parameter": violation.parameter,
                "pages": pages(operation),
            }
            for violation in received.answer.violations
        ],
    }


def view_exchange(received: Received, world: World) -> dict[str, Json]:
    """A request with its answer."""
    answer, struck_by = received.answer, received.struck_by
    secrets = world.specs[received.provider].secrets
    return {
        **view_request(received, world),
        "answer": {
            "status": answer.status,
            "headers": {n.decode(): v.decode("latin-1") for n, v in answer.headers},
            "body": secrets.mask_body(answer.body),
        },
        "fault_details": None if struck_by is None else view_fault(struck_by),
    }


def pages(operation: Operation | None) -> list[str]:
    """Where the vendor describes an operation."""
    sources: Iterable[Json] = operation.raw.get("x-source", ()) if operation else ()
    return list(dict.fromkeys(source["url"] for source in sources))


def task_of(received: Received, spec: Spec) -> str | None:
    """The id of the task that a request made, or asked for."""
    if received.operation in spec.id_pointers:
        pointer = spec.id_pointers[received.operation]
        try:
            found = value_at(parse_json(received.answer.body), pointer)
        except Unreadable:  # a fault has spoiled it
            return None
        return None if found is None else str(found)
    operation = spec.operations.get(received.operation or "")
    status, _ = spec.status_operation
    names = [parameter.name for parameter in status.parameters if parameter.required]
    if operation is None or not names:
        return None
    path, _, query = received.path.partition("?")
    if found := operation.pattern.fullmatch(path):
        values = map(unquote, found.groups())
        for name, value in zip(operation.path_names, values, strict=False):
            if name in names:
                return value
    return next((v for k, v in parse_qsl(query) if k in names), None)
