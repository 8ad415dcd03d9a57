"""What both servers are asked, byte for byte the same but for the path: the specs' own examples."""

from __future__ import annotations

import json

from support.specs import Lifecycle, answers, key_header, look_up, requests
from vendors import STATUSES, SUBMITS


class Calls:
    """The requests to one vendor. `under` is the path that stands for its host."""

    def __init__(self, provider: str, under: str = "") -> None:
        self._under = under
        self._key = key_header(provider)
        self._submit = SUBMITS[provider]
        self._status = STATUSES[provider]
        self._finished = _finished(provider)

    @property
    def submit(self) -> bytes:
        body = json.dumps(next(requests(self._submit)).value).encode()
        return self._request("POST", self._submit.address, body)

    def task_id(self, submitted: bytes) -> str:
        """The id in the answer to a submit, where the spec's link to the status call says."""
        links = self._submit.described["responses"]["200"]["links"]
        (expression,) = next(iter(links.values()))["parameters"].values()
        task_id: str = look_up(json.loads(submitted), expression.partition("#")[2])
        return task_id

    def status(self, task_id: str) -> bytes:
        (parameter,) = self._status.described["parameters"]
        name, path = parameter["name"], self._status.path
        if parameter["in"] == "query":
            return self._request("GET", f"{path}?{name}={task_id}")
        return self._request("GET", path.replace(f"{{{name}}}", task_id))

    def _request(self, method: str, path: str, body: bytes = b"") -> bytes:
        headers = {"Host": "127.0.0.1"} | self._key
        if method == "GET":
            # Ours knows the state of the task, Prism is told; the one does not read the header, the other the id.
            headers["Prefer"] = f"example={self._finished}"
        return to_bytes(method, self._under + path, headers, body)


def to_bytes(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    if body:
        headers |= {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
    lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _finished(provider: str) -> str:
    """The name of the example that shows a task that has succeeded."""
    lifecycle = Lifecycle(provider)
    return next(
        example.name
        for example in answers(STATUSES[provider])
        if lifecycle.read("state", example.value) is not None
        and lifecycle.meaning(example.value) == "succeeded"
    )
