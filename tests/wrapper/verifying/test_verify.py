"""`client.verify`: one real task from submit to file, held against what the vendor's pages say."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imagetasks_mock
import pytest
from imagetasks import (
    Access,
    AuthenticationError,
    BudgetExceeded,
    ImageRequest,
    InsufficientCredits,
    NetworkError,
    PollPolicy,
    State,
    SubmitOutcomeUnknown,
    TaskFailed,
    Verification,
    WaitTimeout,
)
from imagetasks.providers import PROVIDERS, register
from imagetasks.providers._cheapest import cheapest_picture
from imagetasks.providers.gptimage2api import Gptimage2api
from imagetasks_clients import PROVIDERS as NAMES
from support.drivers import Driver

FAST = PollPolicy(min_gap=0.01, max_gap=0.01, jitter=0)
PRICES = {"aigptimage": 3, "akool": 1, "gptimage2api": 3, "xingchaoyiqing": None}


@pytest.fixture(scope="module")
def served() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=100) as mock:
        yield mock


@pytest.fixture
def mock(served: imagetasks_mock.Mock) -> imagetasks_mock.Mock:
    served.reset()
    return served


@pytest.fixture
def client(driver: Callable[..., Driver], mock: imagetasks_mock.Mock) -> Any:
    return driver({name: mock.access(name) for name in NAMES}, policy=FAST)


@pytest.mark.parametrize("provider", NAMES)
def test_a_vendor_that_is_as_documented(
    client: Any, mock: imagetasks_mock.Mock, tmp_path: Path, provider: str
) -> None:
    report = client.verify(provider, max_credits=5, folder=tmp_path / "new")
    assert isinstance(report, Verification)
    assert (report.error, report.drift) == (None, ())
    assert report.is_as_documented
    assert not report.differs_in_price
    assert report.documented == PRICES[provider]
    assert report.charged in (PRICES[provider], None)
    assert report.task is not None
    assert report.task.id == next(iter(mock.tasks)).id
    assert report.states[-1].state is State.SUCCEEDED
    after = [seen.after for seen in report.states]
    assert sorted(after) == after
    assert after[-1] <= report.took
    (file,) = report.files
    assert file.path is not None
    content = file.path.read_bytes()
    assert (file.size, file.sha256) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert len(mock.tasks) == 1


def test_without_a_folder_no_file_is_left(
    client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    report = client.verify("akool", max_credits=1)
    (file,) = report.files
    assert (file.path, file.size > 0) == (None, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["extra_field", "wrong_type"])
def test_answers_that_differ_are_drift(
    client: Any, mock: imagetasks_mock.Mock, kind: str
) -> None:
    mock.faults.add(kind, provider="aigptimage", operation="getTask", count=1)
    report = client.verify("aigptimage", max_credits=3)
    assert report.drift == client.drift()
    assert [(each.provider, each.operation) for each in report.drift] == [
        ("aigptimage", "getTask")
    ]
    assert not report.is_as_documented
    again = client.verify("aigptimage", max_credits=3)
    assert (again.drift, again.is_as_documented) == ((), True)


def test_another_price_than_the_documented_one_is_said(
    client: Any, mock: imagetasks_mock.Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = PROVIDERS["gptimage2api"]
    dearer = [{"operation": "generateImage", "when": {}, "credits": 2}]
    monkeypatch.setitem(adapter.spec.__dict__, "prices", dearer)
    report = client.verify("gptimage2api", max_credits=5)
    assert (report.documented, report.charged) == (2, 3)
    assert report.differs_in_price
    assert not report.is_as_documented
    assert report.error is None


def test_a_task_that_fails_is_in_the_report_with_its_error(
    client: Any, mock: imagetasks_mock.Mock
) -> None:
    mock.outcomes.add("failed")
    report = client.verify("xingchaoyiqing", max_credits=1)
    assert isinstance(report.error, TaskFailed)
    assert report.task is not None
    assert report.task.state is State.FAILED
    assert report.states[-1].state is State.FAILED
    assert (report.files, report.is_as_documented) == ((), False)


def test_an_unknown_outcome_is_in_the_report(
    client: Any, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("lost_answer", provider="akool", count=1)
    report = client.verify("akool", max_credits=1)
    assert isinstance(report.error, SubmitOutcomeUnknown)
    assert (report.task, report.states) == (None, ())


def test_a_refusal_is_in_the_report(driver, mock: imagetasks_mock.Mock) -> None:
    mock.accounts["poor"].give("akool", 0)
    access = Access("poor", base_url=mock.base_url("akool"))
    report = driver({"akool": access}, policy=FAST).verify("akool", max_credits=1)
    assert isinstance(report.error, InsufficientCredits)
    assert report.task is None


def test_a_vendor_that_is_not_there_is_in_the_report(driver) -> None:
    access = Access("key", base_url="http://127.0.0.1:9/nothing")
    client = driver({"akool": access}, policy=PollPolicy(outage=0.1, min_gap=0.05))
    report = client.verify("akool", max_credits=1, timeout=0.5)
    assert isinstance(report.error, NetworkError)


def test_time_that_is_up_leaves_the_task(
    client: Any, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("status", provider="akool", operation="getImage", status=503)
    report = client.verify("akool", max_credits=1, timeout=0.2)
    assert isinstance(report.error, WaitTimeout)
    assert report.task is not None
    assert [seen.state for seen in report.states] == [report.task.state]


@pytest.mark.parametrize("limit", [0, 0.5, 2.9])
def test_a_limit_below_the_price_sends_nothing(
    client: Any, mock: imagetasks_mock.Mock, limit: float
) -> None:
    with pytest.raises(BudgetExceeded, match="max_credits") as raised:
        client.verify("gptimage2api", max_credits=limit)
    assert (raised.value.limit, raised.value.asked) == (limit, 3)
    assert list(mock.requests) == []


def test_no_credits_are_no_leave_where_no_page_states_a_price(
    client: Any, mock: imagetasks_mock.Mock
) -> None:
    with pytest.raises(BudgetExceeded) as raised:
        client.verify("xingchaoyiqing", max_credits=0)
    assert raised.value.asked is None
    assert list(mock.requests) == []


@pytest.mark.parametrize(
    ("limit", "error"),
    [(-1, ValueError), (math.nan, ValueError), ("3", TypeError), (True, TypeError)],
)
def test_a_limit_that_is_none_sends_nothing(
    client: Any, mock: imagetasks_mock.Mock, limit: Any, error: type[Exception]
) -> None:
    with pytest.raises(error, match="max_credits"):
        client.verify("akool", max_credits=limit)
    assert list(mock.requests) == []


def test_nothing_is_sent_to_a_vendor_without_a_key_or_a_folder(
    driver, mock: imagetasks_mock.Mock, tmp_path: Path
) -> None:
    client = driver({"akool": mock.access("akool")})
    with pytest.raises(AuthenticationError):
        client.verify("aigptimage", max_credits=3)
    with pytest.raises(ValueError, match="unknown provider"):
        client.verify("midjourney", max_credits=3)
    (tmp_path / "file").write_text("taken")
    with pytest.raises(ValueError, match="no picture can be saved"):
        client.verify("akool", max_credits=3, folder=tmp_path / "file")
    assert list(mock.requests) == []


def test_the_journal_has_the_task(driver, mock, journal_file: Path) -> None:
    client = driver({"akool": mock.access("akool")}, policy=FAST, journal=journal_file)
    client.verify("akool", max_credits=1)
    (row,) = client.spent()
    assert (row.provider, row.tasks, row.credits) == ("akool", 1, 1)
    assert client.resume_all() == []  # its file was saved, so it is done


def test_the_report_is_json_without_the_key(
    client: Any, mock: imagetasks_mock.Mock
) -> None:
    mock.faults.add("extra_field", provider="akool", operation="getImage", count=1)
    report = client.verify("akool", max_credits=1)
    told = json.loads(report.to_json())
    assert mock.accounts.first_key not in report.to_json()
    assert told["is_as_documented"] is False
    assert told["drift"][0]["operation"] == "getImage"
    assert told["states"][-1]["state"] == "succeeded"
    assert told["files"][0]["sha256"] == report.files[0].sha256
    assert (told["documented"], told["error"]) == (1, None)
    assert ImageRequest.from_json(json.dumps(told["request"])) == report.request


# ---- The cheapest picture --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", NAMES)
def test_no_documented_picture_is_cheaper(provider: str) -> None:
    adapter = PROVIDERS[provider]
    request = cheapest_picture(adapter)
    body = adapter.submit(request).kwargs["json"]
    assert adapter.highest_price(request, body) == PRICES[provider]
    floor = [
        entry["credits"]
        for entry in adapter.spec.prices
        if entry.get("operation", adapter.images.id) == adapter.images.id
        and "video" not in str(entry["when"].get("/model"))
    ]
    assert (min(floor) if floor else None) == PRICES[provider]


def test_the_cheapest_is_found_beyond_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Shop(Gptimage2api):
        name = "shop"

    register(shop := Shop())
    try:
        prices = [
            {
                "operation": "generateImage",
                "when": {"/model": "gpt-image-2"},
                "credits": 9,
            },
            {"operation": "generateVideo", "when": {"/model": "veo"}, "credits": 1},
            {
                "operation": "generateImage",
                "when": {"/model": "nano-banana-2", "/resolution": "1K"},
                "credits": 2,
            },
            {
                "operation": "generateImage",
                "when": {"/model": "nano-banana-2", "/resolution": "4K"},
                "credits": [1, 4],
            },
        ]
        monkeypatch.setitem(shop.spec.__dict__, "prices", prices)
        request = cheapest_picture(shop)
        body = shop.submit(request).kwargs["json"]
        assert (body["model"], body["resolution"]) == ("nano-banana-2", "1K")
        assert shop.price(request, body) == 2
    finally:
        del PROVIDERS["shop"]
