from __future__ import annotations

import pytest
from imagetasks.testing import FakeClock
from imagetasks.webhooks import akool
from support.akool_webhooks import CLIENT_ID, SECRET, SENT_AT


@pytest.fixture
def clock() -> FakeClock:
    clock = FakeClock()
    clock.now = SENT_AT + 1
    return clock


@pytest.fixture
def receiver(clock: FakeClock) -> akool.Receiver:
    return akool.Receiver(CLIENT_ID, SECRET, clock=clock)
