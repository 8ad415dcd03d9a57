"""A vendor as tests see it: what follows from its spec and adapter, unless a file beside this one says it by hand."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from imagetasks import (
    Artifact,
    ContentRefused,
    ImageRequest,
    InvalidRequest,
    ProviderError,
    Reason,
    State,
    TaskError,
    TaskNotFound,
    VideoRequest,
)
from imagetasks._http.call import error_of_status
from imagetasks.providers import PROVIDERS as ADAPTERS
from imagetasks.providers import from_iso, from_milliseconds, from_seconds
from support.specs import (
    Example,
    Lifecycle,
    Operation,
    answers,
    key_header,
    look_up,
    operations,
    put,
    reason_in_spec,
    requests,
    server_url,
    status_operation,
)

KEY = "secret-key-0123"  # the one of the fixture `connect`
REF, REF_2 = "https://example.com/a.png", "https://example.com/b.png"
EVERYWHERE = {"prompt", "model", "extra"}
CLOCKS = {
    "seconds": from_seconds,
    "milliseconds": from_milliseconds,
    "iso8601": from_iso,
}


class Vendor:
    """
    What a subclass says by hand takes the place of what is derived here.

    A mistake that spec and adapter share shows only where something is said by hand: the pages of a real vendor are
    worth its tasks and requests.
    """

    name: str
    not_needed: tuple[str, ...] = ()
    """Fields of a finished answer that may be missing."""
    not_said: Mapping[str, str] = {}
    """The vendor's own calls that cannot be said in our words, and why."""
    extras: Mapping[str, Any] = {}
    """The vendor's own fields of a submit, which go into `extra`."""
    never: Mapping[str, str] = {}
    """Documented answers that the mock does not give, and why."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name or self.name
        self._adapter = ADAPTERS[self.name]
        self._life = Lifecycle(self.name)
        self.status = status_operation(self.name)

    @cached_property
    def submit(self) -> Operation:
        """Of pictures: the first with a link to the status call."""
        return next(
            operation
            for operation in operations(self.name)
            for answer in operation.described["responses"].values()
            for link in answer.get("links", {}).values()
            if link.get("operationId") == self.status.id
        )

    @cached_property
    def submit_url(self) -> str:
        return self._server + self.submit.address

    @cached_property
    def status_url(self) -> str:
        """Of the task `task/1`: ids are opaque, and escaped."""
        [name] = [p["name"] for p in self.status.described["parameters"] if p["required"]]  # fmt: skip
        path = self.status.path.replace(f"{{{name}}}", "task%2F1")
        query = "" if path != self.status.path else f"?{name}=task%2F1"
        return self._server + path + query

    @cached_property
    def auth(self) -> tuple[str, str]:
        """The header that holds KEY."""
        [(header, value)] = key_header(self.name, KEY).items()
        return header.lower(), value

    @cached_property
    def fields(self) -> set[str]:
        """Those of ImageRequest that the API can express, beside EVERYWHERE."""
        return set(self._adapter.images.fields) - EVERYWHERE

    @cached_property
    def ratio(self) -> str | None:
        """The name of the ratio in the body."""
        place = self._adapter.images.fields.get("aspect_ratio")
        return place and place.rpartition("/")[2]

    @cached_property
    def size(self) -> str:
        """One that it takes: the first that its own calls have."""
        said = (getattr(call, "size", None) for call in self.said.values())
        return next(filter(None, said), "1536x1024")

    @cached_property
    def models(self) -> list[str]:
        return list(self._adapter.models("image"))

    @cached_property
    def body(self) -> dict[str, Any]:
        """The least that the mock takes, of a lighthouse."""
        body = copy.deepcopy(next(requests(self.submit)).value)
        put(body, self._adapter.images.fields["prompt"], "a lighthouse")
        return body

    @cached_property
    def request(self) -> ImageRequest:
        """One that says more than a prompt."""
        return ImageRequest("a lighthouse")

    @cached_property
    def said(self) -> Mapping[str, ImageRequest | VideoRequest]:
        """The vendor's own calls in our words, by the name of the example."""
        calls = requests(self.submit)
        return {
            str(c): _in_our_words(self._adapter.images.fields, c.value) for c in calls
        }

    @cached_property
    def tasks(self) -> Mapping[str, dict[str, Any]]:
        """What each documented answer with a task is read to, by the name of the example."""
        return {
            str(example): self._read(example)
            for example in self._documented
            if self._id(example) is not None
        }

    @cached_property
    def refusals(self) -> Mapping[str, tuple[type[ProviderError], str | None, float | None]]:  # fmt: skip
        """
        The same of the other answers: type of the error, the vendor's own code, seconds to wait. By status and name
        of the example: `404-not_found`, or `not_found` of a success.
        """
        return {
            example.short: (self._refusal(example), None, None)
            for example in self._documented
            if str(example) not in self.tasks
            and (not example.is_success or self._life.denies(example))
        }

    def _refusal(self, example: Example) -> type[ProviderError]:
        if self._life.denies(example):
            return TaskNotFound
        kind = error_of_status(int(example.role))
        said = filter(lambda value: isinstance(value, str), example.value.values())
        reason = reason_in_spec(self.name, None, " ".join(said))
        is_about_content = reason == "content_policy" and kind is InvalidRequest
        is_of_submit = example.operation == self.submit
        return ContentRefused if is_about_content and is_of_submit else kind

    @cached_property
    def states(self) -> tuple[State, ...]:
        """In the order of the page."""
        return tuple(dict.fromkeys(map(State, self._life.meanings.values())))

    @cached_property
    def pending(self) -> list[str | int]:
        """The wire states of a task that has not ended, in their order."""
        meanings = self._life.meanings.items()
        return [wire for wire, means in meanings if not State(means).is_terminal]

    @cached_property
    def not_found(self) -> tuple[int, dict[str, Any]]:
        """How another key's task is refused: the status, and a part of the body."""
        status, body = _refusal(self.status, 404, 410)
        for example in filter(self._life.denies, answers(self.status)):
            status, body = 200, example.value
        ids = {pointer.split("/")[1] for pointer in self._life.described["at"]["id"]}
        return status, {name: body[name] for name in body.keys() - ids}

    @cached_property
    def unreadable(self) -> tuple[int, Any]:
        """How a body that is no JSON is refused; None: nothing is documented of the answer."""
        return _refusal(self.submit, 400, 422)[0], None

    @property
    def _server(self) -> str:
        return server_url(self.name)

    @property
    def _documented(self) -> list[Example]:
        return [*answers(self.submit), *answers(self.status)]

    def _id(self, example: Example) -> Any:
        """Of the task that an answer tells of; the link to the status call says where the answer of a submit has it."""
        if example.operation == self.status:
            is_task = self._life.shown(example) is not None
            return self._life.read("id", example.value) if is_task else None
        links = (
            self.submit.described["responses"].get(example.role, {}).get("links", {})
        )
        for link in links.values():
            for place in link["parameters"].values():
                with suppress(LookupError, TypeError, ValueError):
                    return look_up(example.value, place.removeprefix("$response.body#"))
        return None

    def _read(self, example: Example) -> dict[str, Any]:
        """The task that an answer tells of, by `x-task-lifecycle` alone."""
        life = self._life
        told = {
            what: life.read(what, example.document) for what in life.described["at"]
        }
        state = State(life.meanings.get(told["state"], "pending"))
        kind = told.get("kind") or "image"
        clock = CLOCKS[life.described["time-unit"]]
        created, finished = clock(told.get("created")), clock(told.get("finished"))
        began, lifetime = finished or created, life.described.get("result-lifetime")
        expires = began and lifetime and began + timedelta(seconds=lifetime)
        failed = state in (State.FAILED, State.CANCELLED)
        urls = life.urls(example.document) if state is State.SUCCEEDED else []
        code, message = told.get("error-code"), told.get("error-message") or ""
        reason = Reason(reason_in_spec(self.name, code, message))
        if state is State.CANCELLED:
            reason = Reason.CANCELLED
        return seen(
            state,
            told["state"],
            str(self._id(example)),
            kind=kind,
            artifacts=tuple(Artifact(url, kind, expires) for url in urls),
            error=TaskError(code, message, reason) if failed else None,
            model=told.get("model"),
            prompt=told.get("prompt"),
            created_at=created,
            finished_at=finished,
            credits_used=told.get("credits"),
            refunded=told.get("refunded"),
        )


def places(sent_as: str) -> list[str]:
    """Of a field of ours: two of a size that is two numbers."""
    return sent_as.split(" x ")


def field_of(place: str) -> str:
    """The field of a body that a place leads into: the list, where it is one."""
    return place.removesuffix("/0").partition("/*/")[0]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def seen(
    state: State, wire_state: str | int | None, id: str, **known: Any
) -> dict[str, Any]:
    """A task of which nothing else is known."""
    unknown = ("error", "model", "prompt", "created_at", "finished_at", "credits_used", "refunded")  # fmt: skip
    return (
        {"kind": "image", "artifacts": (), **dict.fromkeys(unknown)}
        | {"state": state, "wire_state": wire_state, "id": id}
        | known
    )


def _refusal(operation: Operation, *statuses: int) -> tuple[int, dict[str, Any]]:
    """The first that is documented, else nothing but the first status."""
    shown = {int(e.role): e.value for e in answers(operation) if e.role.isdecimal()}
    status = next((s for s in statuses if s in shown), statuses[0])
    return status, shown.get(status, {})


def _in_our_words(fields: Mapping[str, str], body: Any) -> ImageRequest:
    """Each field from its place; what is left where `extra` goes is extra."""
    left, known = copy.deepcopy(body), {}
    for name, place in fields.items():
        if len(edges := places(place)) == 2:
            found = [left.pop(edge[1:]) for edge in edges if edge[1:] in left]
            known |= {name: "x".join(map(str, found))} if found else {}
            continue
        place, _, inner = place.partition("/*/")
        above, _, last = place.rpartition("/")
        holder = left
        for step in above.split("/")[1:]:
            holder = holder[step]
        if place.startswith("/") and name != "extra" and last in holder:
            value = holder.pop(last)
            known[name] = [each[inner] for each in value] if inner else value
    for step in fields["extra"].split("/")[1:]:
        left = left[step]
    return ImageRequest(**known, extra=left)
