"""What a fault does: some keep the request from the vendor, the others spoil its answer."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.utils import formatdate

from ..specs.lifecycle import Lifecycle
from ..specs.places import HEADER, Json, value_at
from ..specs.spec import Operation
from .answers import Answer, Headers
from .deliveries import Delivery, cut, delayed, dribbled, dropped, never, slammed, torn
from .fault import Fault

OTHER_HOST = b"https://elsewhere.example/"

Refuse = Callable[[Fault, Operation, float], Answer]
"""Takes the time of the virtual clock too."""
Spoil = Callable[[Answer, Fault, Lifecycle], Answer]


def _status(fault: Fault, operation: Operation, now: float) -> Answer:
    """The vendor's documented body where it has one; else what a proxy in front of it says."""
    status, headers = fault.status, _retry_after(fault, now)
    documented = list(operation.examples(status).values())
    if documented:
        return Answer.json(status, documented[0], headers)
    if status in (204, 205, 304):  # HTTP has no body for these
        return Answer(status, b"", headers)
    if status < 500:
        words = {"error": f"status {status}, as asked for"}
        return Answer.json(status, words, headers)
    page = f"<html><h1>{html.escape(str(status))}</h1>a proxy's page</html>"
    kind = ((b"content-type", b"text/html; charset=utf-8"),)
    return Answer(status, page.encode(), kind + headers)


def _retry_after(fault: Fault, now: float) -> Headers:
    value = fault.retry_after
    if fault.retry_after_date is not None:
        # Up: whoever waits until the date has waited long enough.
        value = formatdate(math.ceil(now + fault.retry_after_date), usegmt=True)
    return () if value is None else ((b"retry-after", str(value).encode()),)


def _redirect(fault: Fault, operation: Operation, now: float) -> Answer:
    return Answer.json(307, {"error": "moved"}, ((b"location", OTHER_HOST),))


def _delivered(delivery: Callable[[Fault], Delivery]) -> Spoil:
    return lambda answer, fault, _: replace(answer, delivery=delivery(fault))


def _with_body(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda answer, *_: replace(answer, body=change(answer.body))


def _wrong_content_type(answer: Answer, *_: object) -> Answer:
    page = ((b"content-type", b"text/html; charset=utf-8"),)
    kept = tuple(h for h in answer.headers if h[0] != b"content-type")
    return replace(answer, headers=page + kept)


def _with_value(change: Callable[[Json, Lifecycle], None]) -> Spoil:
    def spoil(answer: Answer, fault: Fault, lifecycle: Lifecycle) -> Answer:
        value = answer.document
        change(value, lifecycle)
        return answer.with_document(value)

    return spoil


def _unknown_state(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _holders(value, lifecycle, "state"):
        parent[name] = 99 if isinstance(parent[name], int) else "moderating"


def _missing_field(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _holders(value, lifecycle, "state", "id"):
        del parent[name]
        return


def _wrong_type(value: Json, lifecycle: Lifecycle) -> None:
    for parent, name in _holders(value, lifecycle, "state", "id"):
        if not name.startswith(HEADER):  # which holds text and nothing else
            parent[name] = {"was": parent[name]}
            return


def _extra_field(value: Json, lifecycle: Lifecycle) -> None:
    for parent, _ in _holders(value, lifecycle, "id"):
        parent["x_new"] = {"since": "today"}


def _holders(
    value: Json, lifecycle: Lifecycle, *whats: str
) -> Iterator[tuple[Json, str]]:
    """The objects that hold the state, or the id, and under which name."""
    for what in whats:
        for place in lifecycle.at.get(what, ()):
            above, _, name = place.pointer.rpartition("/")
            parent = value_at(value, above) if above else value
            if isinstance(parent, dict) and name in parent:
                yield parent, name


NOT_PASSED_ON: dict[str, Refuse] = {
    "status": _status,
    "redirect": _redirect,
    "hang": lambda *_: Answer(200, b"", delivery=never),
    "reset": lambda *_: Answer(200, b"", delivery=dropped),
}
SPOILED: dict[str, Spoil] = {
    "latency": _delivered(lambda fault: delayed(fault.seconds)),
    "slow_body": _delivered(lambda fault: dribbled(fault.seconds)),
    "lost_answer": _delivered(lambda _: dropped),
    "truncated": _delivered(lambda _: cut),
    "reset_in_body": _delivered(lambda _: torn),
    "reset_after_body": _delivered(lambda _: slammed),
    "empty_body": _with_body(lambda _: b""),
    "malformed_json": _with_body(lambda body: body[: len(body) // 2]),
    "wrong_content_type": _wrong_content_type,
    "unknown_state": _with_value(_unknown_state),
    "missing_field": _with_value(_missing_field),
    "wrong_type": _with_value(_wrong_type),
    "extra_field": _with_value(_extra_field),
}
KINDS = (*NOT_PASSED_ON, *SPOILED)
