"""A law: no submit follows one that may have arrived, whatever the vendor does and however long it takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from imagetasks import (
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    ProviderError,
    SubmitOutcomeUnknown,
    Task,
)
from imagetasks.testing import FakeClock
from support.drivers import AsyncDriver, SyncDriver
from support.examples import law
from vendors import AIG, GPT, KEY, accepted

UNSENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")]
LOST = [
    httpx.ReadTimeout("slow"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("gone"),
    *(500, 503, 520),
]
ODD = [408, 204, 301, b"", b"{}", b"<html>", b"\xff"]
REFUSED = [400, 401, 402, 404, 409, 422]
WHAT_HAPPENS = (
    st.sampled_from([*UNSENT, 429])
    | st.sampled_from([*UNSENT, 429])
    | st.sampled_from(LOST)
    | st.sampled_from([*ODD, *REFUSED, 200])
)


class Attempt(NamedTuple):
    what: Any
    began: float
    ended: float
    key: str | None
    retry_after: float | None

    @property
    def did_not_arrive(self) -> bool:
        return self.what in UNSENT or self.what == 429


class Fate:
    """A vendor whose answers are drawn, and take their time, as long as the client lets them."""

    def __init__(self, data: st.DataObject, provider: str, clock: FakeClock) -> None:
        self._data, self._provider, self._clock = data, provider, clock
        self.attempts: list[Attempt] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        what = self._data.draw(WHAT_HAPPENS)
        takes = self._data.draw(st.sampled_from([0.0, 0.1, 5.0, 1000.0]))
        hint = self._data.draw(st.sampled_from([None, 0, 7, 1000]))
        key = request.headers.get("X-Request-ID")
        patience = request.extensions["timeout"]["read"]
        if takes > patience:
            what = LOST[0]
        hint = hint if isinstance(what, int) and what in (429, 503) else None
        began = self._clock.now
        self._clock.now += min(takes, patience)
        self.attempts.append(Attempt(what, began, self._clock.now, key, hint))
        if isinstance(what, Exception):
            raise what
        if isinstance(what, bytes):
            return httpx.Response(200, content=what)
        body = accepted(self._provider) if what == 200 else {"error": "no"}
        headers = {} if hint is None else {"Retry-After": str(hint)}
        return httpx.Response(what, json=body, headers=headers)


def ran_out_of_real_time(ended: object) -> bool:
    """The vendor of this test runs by a clock of its own, and raises httpx's timeouts only."""
    cause = ended if isinstance(ended, BaseException) else None
    while cause is not None:
        if type(cause) is TimeoutError:
            return True
        cause = cause.__cause__
    return False


@law
@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver], ids=["sync", "async"])
@pytest.mark.parametrize("provider", [GPT, AIG])
@given(
    data=st.data(),
    deadline=st.floats(0.01, 300),
    outage=st.floats(0, 300),
    jitter=st.floats(0, 1),
)
def test_no_submit_follows_one_that_may_have_arrived(
    kind, provider, data, deadline, outage, jitter
) -> None:
    """But where the vendor deduplicates, and then with the same id; all of it bounded, and in the band of the gaps."""
    clock = FakeClock()
    fate = Fate(data, provider, clock)
    policy = PollPolicy(deadline=deadline, outage=outage, jitter=jitter, max_gap=5)
    client = kind(
        {provider: KEY}, transport=httpx.MockTransport(fate), clock=clock, policy=policy
    )
    try:
        ended: Task | ImageTasksError = client.submit(provider, ImageRequest("x"))
    except ImageTasksError as error:
        ended = error
    finally:
        client.close()
    # An attempt may have a millisecond, and a busy machine takes longer.
    assume(not ran_out_of_real_time(ended))
    event(f"{min(len(fate.attempts), 4)} attempts, {type(ended).__name__}")

    *earlier, last = fate.attempts
    for attempt in earlier:
        safe_here = provider == AIG and attempt.what in LOST
        assert attempt.did_not_arrive or safe_here
    assert len({attempt.key for attempt in fate.attempts}) == 1
    assert (last.key is None) == (provider == GPT)

    assert clock.elapsed <= deadline + 0.01
    for attempt, following in pairwise(fate.attempts):
        pause, asked = following.began - attempt.ended, attempt.retry_after or 0
        assert pause >= max(2, asked) - 1e-6
        if attempt.what != 429:
            assert pause <= max(min(2 * (1 + jitter), 5), asked) + 1e-6
    if 429 not in [attempt.what for attempt in fate.attempts]:
        assert last.began - fate.attempts[0].began <= outage

    if last.what == 200:
        assert isinstance(ended, Task)
    elif all(a.did_not_arrive or a.what in REFUSED for a in fate.attempts):
        assert isinstance(ended, ProviderError)
    else:
        assert isinstance(ended, SubmitOutcomeUnknown)
