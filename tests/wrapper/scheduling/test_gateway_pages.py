"""A gateway answers in the vendor's place: waits bear it like a 502, and the vendor's own refusal ends them at once."""

from __future__ import annotations

import json

import httpx
import pytest
from imagetasks import (
    ImageRequest,
    ImageTasksError,
    MalformedResponse,
    PollOutage,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    Task,
)
from support.drivers import Script
from support.specs import PROVIDERS, answers
from vendors import AIG, AKOOL, GPT, STATUSES, XING, finished, id_of

REFUSED = (400, 401, 402, 403, 404, 405, 407, 409, 410, 413, 418, 422, 451)
PASSING = (408, 429)
"""What time heals, whoever says it."""

PAGES: dict[str, tuple[str, bytes]] = {
    "a challenge": ("text/html", b"<!DOCTYPE html><title>Just a moment...</title>"),
    "nginx": ("text/html", b"<html><body>nginx</body></html>"),
    "a page without a type": ("", b"<html></html>"),
    "a page that calls itself JSON": ("application/json", b"<html></html>"),
    "text": ("text/plain", b"error code: 1020"),
    "nothing": ("", b""),
    "half of JSON": ("application/json", b'{"error": '),
    "deep": ("application/json", b"[" * 100_000),
    "a list": ("application/json", b"[]"),
    "null": ("application/json", b"null"),
    "a JSON text": ("application/json", b'"forbidden"'),
    "half a character": ("application/json", rb'"\ud800"'),
    "not UTF-8": ("application/json", b'{"error": "\xff"}'),
}
OTHER_WORDS: dict[str, bytes] = {
    "no Route matched": b'{"message":"no Route matched with those values"}',
    "an AWS gateway": b'{"Message":"User is not authorized"}',
    "a problem": b'{"type":"about:blank","title":"Forbidden","status":403}',
    "a number for words": b'{"error": 403, "code": "403", "msg": 403}',
    "an empty object": b"{}",
}
"""JSON objects, but of no vendor that says what its own look like."""
OWN = {
    XING: [{"error": "no"}, {"message": "no Route matched"}, {}],
    AIG: [{"code": 403, "msg": "no"}, {"code": 404, "msg": "no", "data": None, "id": 1}],
    AKOOL: [{"code": 1101, "msg": "no"}, {"code": 1003}, {"code": 1014, "data": None}],
    GPT: [{"error": "no"}, {"error": "no", "request": "r-1"}],
}  # fmt: skip


def answer(status: int, content: bytes, kind: str = "application/json"):
    headers = {"content-type": kind} if kind else {}
    return httpx.Response(status, content=content, headers=headers)


def waiting(provider: str) -> Task:
    return Task(
        provider=provider, id=id_of(provider, finished(provider)), state=State.PENDING
    )


@pytest.mark.long
def test_a_wait_outlasts_whatever_a_gateway_says(connect) -> None:
    """In front of every vendor, with every status: then the vendor is back, and the task has succeeded."""
    pages = [answer(s, body, kind) for s in REFUSED for kind, body in PAGES.values()]
    words = [answer(s, body) for s in REFUSED for body in OTHER_WORDS.values()]
    for provider in sorted({AIG, AKOOL, GPT, XING} & set(PROVIDERS)):
        borne = pages if provider == XING else pages + words
        good = finished(provider)
        vendor = Script(*(one for page in borne for one in (page, good)))
        client = connect(vendor)
        for page in borne:
            done = client.wait(waiting(provider))
            assert done.state is State.SUCCEEDED, (provider, page, page.content[:80])
        assert vendor.sent == 2 * len(borne)


def test_the_vendor_s_own_refusal_ends_a_wait_at_once(connect, clock) -> None:
    """What the spec shows, and the same in other words, also with a status that it does not list."""
    own = [
        (provider, answer(status, json.dumps(refused).encode()))
        for provider in OWN
        for status in REFUSED
        for refused in OWN[provider]
    ]
    own += [
        (e.operation.provider, httpx.Response(int(e.role), json=e.value))
        for of in STATUSES.values()
        for e in answers(of)
        if 400 <= int(e.role) < 500 and int(e.role) not in PASSING
    ]
    vendor = Script(*(refused for _, refused in own))
    client = connect(vendor)
    for n, (provider, refused) in enumerate(own, 1):
        with pytest.raises(ImageTasksError) as caught:
            client.wait(waiting(provider))
        assert not isinstance(caught.value, PollOutage | MalformedResponse)
        assert vendor.sent == n, (provider, refused, refused.content)


def test_a_gateway_that_stays_ends_the_wait_with_its_page_as_evidence(connect) -> None:
    page = answer(403, b"<title>Just a moment...</title>", "text/html")
    with pytest.raises(PollOutage, match=r"HTTP 403.*a web page") as caught:
        connect(Script(page), policy=PollPolicy(outage=10)).wait(waiting(GPT))
    cause = caught.value.__cause__
    assert isinstance(cause, MalformedResponse)
    assert (cause.status_code, cause.body) == (403, page.content)
    words = answer(404, OTHER_WORDS["no Route matched"])
    with pytest.raises(PollOutage, match=r"HTTP 404.*no Route matched"):
        connect(Script(words), policy=PollPolicy(outage=10)).wait(waiting(GPT))


def test_a_gateway_may_say_when_to_come_again(connect, clock) -> None:
    page = answer(403, b"<html>", "text/html")
    page.headers["retry-after"] = "17"
    connect(Script(page, finished(GPT))).wait(waiting(GPT))
    assert clock.slept == [17]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_outside_of_waits_a_status_means_what_it_says(connect, provider) -> None:
    """One look tells what came, and a submit that a gateway refused was not accepted."""
    page = answer(404, b"<html>nginx</html>", "text/html")
    for call in (
        lambda client: client.fetch(waiting(provider)),
        lambda client: client.submit(provider, ImageRequest("a lighthouse")),
    ):
        vendor = Script(page)
        with pytest.raises(ImageTasksError) as caught:
            call(connect(vendor))
        assert not isinstance(caught.value, SubmitOutcomeUnknown | MalformedResponse)
        assert vendor.sent == 1
