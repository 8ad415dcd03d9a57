"""Four vendors in turn, as a bad day has it: one is down, one has no credits left, one holds the submit back, one moderates."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import imagetasks_mock
import pytest
from imagetasks import (
    Access,
    AsyncClient,
    Client,
    ImageRequest,
    PollPolicy,
    Reason,
    Task,
    TaskFailed,
)

REQUEST = ImageRequest("a lighthouse")
POLICY = PollPolicy(min_gap=0.01, max_gap=0.02, outage=5)
ORDER = ["akool", "gptimage2api", "xingchaoyiqing", "aigptimage"]
Names = dict[str, Access]


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Nobody listens there, and nobody else gets it meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=1000) as mock:
        yield mock


@pytest.fixture
def access(mock: imagetasks_mock.Mock, closed_port: int) -> Names:
    """akool is down, gptimage2api has no credits left, xingchaoyiqing answers 429."""
    mock.accounts["mock-key"].give("gptimage2api", 0)
    mock.faults.add("status", provider="xingchaoyiqing", status=429, retry_after=30)
    access = {name: mock.access(name) for name in ORDER}
    return access | {"akool": Access("mock-key", f"http://127.0.0.1:{closed_port}")}


def run(kind: type[Client] | type[AsyncClient], access: Names) -> Task:
    if issubclass(kind, Client):
        with kind(access, policy=POLICY) as client:
            return client.run(ORDER, REQUEST, timeout=60)

    async def scenario() -> Task:
        async with AsyncClient(access, policy=POLICY) as client:
            return await client.run(ORDER, REQUEST, timeout=60)

    return asyncio.run(scenario())


KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


@KINDS
def test_the_fourth_makes_the_picture_that_three_others_could_not(
    mock: imagetasks_mock.Mock, access: Names, kind: type[Client]
) -> None:
    task = run(kind, access)
    assert task.provider == "aigptimage"
    assert [(one.provider, one.error) for one in task.tried] == [
        ("akool", "NetworkError"),
        ("gptimage2api", "InsufficientCredits"),
        ("xingchaoyiqing", "RateLimited"),
    ]
    assert [made.provider for made in mock.tasks] == ["aigptimage"]


@KINDS
def test_what_one_of_them_moderates_goes_to_nobody_else(
    mock: imagetasks_mock.Mock, access: Names, kind: type[Client]
) -> None:
    mock.faults.clear()
    mock.outcomes.add("failed", provider="xingchaoyiqing", reason="content-policy")
    with pytest.raises(TaskFailed) as failed:
        run(kind, access)
    task = failed.value.task
    assert task is not None
    assert task.error is not None
    assert task.error.reason is Reason.CONTENT_POLICY
    assert [one.provider for one in failed.value.tried] == ["akool", "gptimage2api"]
    assert [made.provider for made in mock.tasks] == ["xingchaoyiqing"]
