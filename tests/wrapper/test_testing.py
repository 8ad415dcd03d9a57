"""What users test their own waits with: a clock that only sleeping moves, a vendor that follows a script."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from imagetasks import (
    ImageRequest,
    NetworkError,
    PollPolicy,
    ServerError,
    State,
    Task,
    TaskFailed,
    WaitTimeout,
)
from imagetasks.providers import PROVIDERS
from imagetasks.testing import ScriptedProvider
from PIL import Image
from support.drivers import FakeClock
from support.specs import Lifecycle
from vendors import VENDORS

REQUEST = ImageRequest("a lighthouse")


@pytest.mark.parametrize("provider", VENDORS)
def test_a_task_lives_by_its_script_in_no_time(provider: str, clock: FakeClock) -> None:
    first, *_ = VENDORS[provider].states
    vendor = ScriptedProvider(provider, [(0, first), (30, State.SUCCEEDED)], clock)
    with vendor.client() as client:
        done = client.run(provider, REQUEST)
    assert done.state is State.SUCCEEDED
    assert done.artifacts
    # A vendor that guesses how long it takes is looked at then.
    assert 30 <= clock.elapsed < (33 if not has_guesses(provider) else 45)
    assert [asked.request.method for asked in vendor.asked[:2]] == ["POST", "GET"]
    shortest, _ = PollPolicy().gap(PROVIDERS[provider].poll_gap)
    assert vendor.asked[1].at - vendor.asked[0].at >= shortest


def has_guesses(provider: str) -> bool:
    return "seconds-left" in Lifecycle(provider).described["at"]


@pytest.mark.parametrize("provider", VENDORS)
def test_it_answers_with_every_state_of_the_vendor(
    provider: str, clock: FakeClock
) -> None:
    is_number = next(iter(VENDORS[provider].tasks.values()))["id"].isdecimal()
    id = "7" if is_number else "a-b_c"
    for state in VENDORS[provider].states:
        vendor = ScriptedProvider(provider, [(0, state)], clock)
        with vendor.client() as client:
            assert client.fetch(provider, id).state is state
            assert client.fetch(provider, id).id == id


@pytest.mark.parametrize("provider", VENDORS)
def test_results_can_be_downloaded(
    provider: str, clock: FakeClock, tmp_path: Path
) -> None:
    vendor = ScriptedProvider(provider, [(0, State.SUCCEEDED)], clock)
    with vendor.client() as client:
        done = client.run(provider, REQUEST)
        (path,) = client.download(done, tmp_path / "sync")
        # Of a task that this vendor has not seen, too.
        other = Task.from_token(replace(done, id="other").to_token())
        assert client.download(other, tmp_path / "sync")
    with Image.open(path) as image:
        assert image.format == "PNG"

    async def download() -> list[Path]:
        async with vendor.async_client() as client:
            return await client.download(done, tmp_path / "async")

    (again,) = asyncio.run(download())
    assert again.read_bytes() == path.read_bytes()
    assert str(vendor.asked[-1].request.url) == done.artifacts[0].url


def test_a_state_that_the_vendor_does_not_document_is_refused(
    clock: FakeClock,
) -> None:
    with pytest.raises(ValueError, match="aigptimage documents no queued"):
        ScriptedProvider("aigptimage", [(0, State.QUEUED)], clock)


def test_faults_are_steps_of_the_script(clock: FakeClock) -> None:
    script = [(0, 503), (5, httpx.ReadError("reset")), (9, State.FAILED)]
    vendor = ScriptedProvider("akool", script, clock)
    with vendor.client() as client:
        with pytest.raises(TaskFailed):
            client.run("akool", REQUEST)
        with pytest.raises(ServerError):
            client.fetch("akool", "another")
        clock.now += 5
        with pytest.raises(NetworkError):
            client.fetch("akool", "another")


def test_many_tasks_of_both_kinds_of_client_share_one_time(clock: FakeClock) -> None:
    vendor = ScriptedProvider(
        "akool", [(0, State.QUEUED), (20, State.SUCCEEDED)], clock
    )

    async def scenario() -> list[Task]:
        async with vendor.async_client() as client:
            runs = [client.run("akool", REQUEST) for _ in range(50)]
            return await asyncio.gather(*runs)

    assert len({task.id for task in asyncio.run(scenario())}) == 50
    assert clock.elapsed < 23


def test_a_deadline_passes_without_waiting(clock: FakeClock) -> None:
    vendor = ScriptedProvider("akool", [(0, State.QUEUED)], clock)
    with vendor.client() as client, pytest.raises(WaitTimeout):
        client.run("akool", REQUEST, timeout=3600)
    assert 3590 < clock.elapsed <= 3600
