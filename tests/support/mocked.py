"""The vendors of a mock, spoken to in plain HTTP."""

from __future__ import annotations

import copy
from multiprocessing.connection import Connection
from typing import Any, Self

import httpx
from imagetasks_clients import PROVIDERS
from imagetasks_mock import Mock, serve
from support import specs
from vendors import VENDORS

PROMPT = "a lighthouse"
BODIES = {name: vendor.body for name, vendor in VENDORS.items()}
PENDING = {name: vendor.pending for name, vendor in VENDORS.items()}


class Vendor:
    """One vendor of a mock, spoken to in plain HTTP."""

    def __init__(self, mock: Mock, provider: str, *, key: str = "mock-key") -> None:
        self.mock = mock
        self.life = specs.Lifecycle(provider)
        self.submit_path = next(specs.operations(provider)).address
        self.status = specs.status_operation(provider)
        self.body = BODIES[provider]
        self.http = httpx.Client(
            base_url=mock.base_url(provider),
            headers=specs.key_header(provider, key),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def submit(self, body: Any = None, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(self.submit_path, json=body or self.body, headers=names)

    def submit_prompt(self, prompt: str) -> httpx.Response:
        body = copy.deepcopy(self.body)
        body.get("input", body)["prompt"] = prompt
        return self.submit(body)

    def fetch(self, task_id: str) -> httpx.Response:
        (parameter,) = self.status.described["parameters"]
        path = self.status.path.replace(f"{{{parameter['name']}}}", task_id)
        query = {} if path != self.status.path else {parameter["name"]: task_id}
        return self.http.get(path, params=query)

    def state(self, task_id: str) -> str | int:
        state: str | int = self.life.read("state", told(self.fetch(task_id)))
        return state

    def meaning(self, task_id: str) -> str | None:
        return self.life.meanings.get(self.state(task_id))

    def finish(self, prompt: str = PROMPT) -> Any:
        """The status answer of a new task that has ended."""
        self.submit_prompt(prompt)
        task = list(self.mock.tasks)[-1]
        self.mock.clock.advance(task.duration + 0.01)
        return told(self.fetch(task.id))


def told(answer: httpx.Response) -> Any:
    """What the lifecycle of its vendor reads."""
    return specs.document(answer.json(), answer.headers)


def serve_apart(owner: Connection, scenario: dict[str, Any]) -> None:
    """A mock for another process: tells how to reach it, and, once asked, the state of each task."""
    with serve(scenario=scenario) as mock:
        owner.send({provider: mock.access(provider) for provider in PROVIDERS})
        owner.recv()
        owner.send({(task.provider, task.id): task.state for task in mock.tasks})
        owner.recv()
