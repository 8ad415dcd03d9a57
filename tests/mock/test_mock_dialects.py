"""What a vendor's spec may say and none of the four says: the mock needs no file of its own for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from imagetasks_mock import Mock, MockError, serve
from imagetasks_mock.specs.codes import Codes
from imagetasks_mock.specs.spec import Spec
from support import specs
from support.edits import changed
from support.mocked import Vendor

NAME = "xingchaoyiqing"
SUBMIT = "/paths/~1v1~1image2~1images/post/responses/200/content/application~1json"
STATUS = "/paths/~1v1~1result~1{id}/get"
ANSWER = f"{STATUS}/responses/200/content/application~1json"
LIFECYCLE = f"{STATUS}/x-task-lifecycle"
ID = "image_fd35ee52-2a98-44a6-b930-29a88ce9b8fd"
MODERATED = {"id": ID, "status": "Request Moderated", "created": 1774836724.5}
EDITS = {
    f"{LIFECYCLE}/states": [
        *specs.status_operation(NAME).described["x-task-lifecycle"]["states"],
        {"value": "Request Moderated", "meaning": "failed"},
        {"value": "Out Of Paint", "meaning": "failed"},
        {"value": "No Such Task", "meaning": "not-found"},
    ],
    f"{LIFECYCLE}/at/error-message": ["/error", "/status"],
    f"{LIFECYCLE}/at/status-url": ["/look_at"],
    f"{SUBMIT}/examples/queued/value/look_at": f"https://eu.example.com/{ID}",
    f"{ANSWER}/examples/queued/value/created": 1774836724.25,
    f"{ANSWER}/examples/moderated": {"value": MODERATED},
    f"{ANSWER}/examples/dry": {"value": MODERATED | {"status": "Out Of Paint"}},
    f"{ANSWER}/examples/lost": {"value": {"id": ID, "status": "No Such Task"}},
    f"{ANSWER}/schema": {"type": "object"},
}


def speak(
    monkeypatch: pytest.MonkeyPatch, edits: dict[str, Any], vendor: str = NAME
) -> None:
    """In mocks that are started from now on."""
    document = specs.load(vendor)
    for place, value in edits.items():
        document = changed(document, place, value)
    spec, load = Spec(vendor, document), Spec.load
    monkeypatch.setattr(
        Spec, "load", lambda name: spec if name == vendor else load(name)
    )


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mock]:
    speak(monkeypatch, EDITS)
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def vendor(mock: Mock) -> Iterator[Vendor]:
    with Vendor(mock, NAME) as vendor:
        yield vendor


def ends(mock: Mock, vendor: Vendor, outcome: str, **more: str) -> set[Any]:
    mock.outcomes.add(outcome, provider=NAME, **more)
    states = (vendor.finish()["status"] for _ in range(20))
    return set(states)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("Request Moderated", "Request Moderated"),  # as the vendor writes it
        ("dry", "Out Of Paint"),  # by the name of an example
        ("failed", "failed"),  # a meaning, and here a state too
    ],
)
def test_an_end_is_the_one_that_was_asked_for(mock, vendor, outcome, state) -> None:
    assert ends(mock, vendor, outcome) == {state}


def test_of_several_states_that_mean_the_same_the_seed_draws(monkeypatch) -> None:
    respelled = {
        f"{LIFECYCLE}/states/3/value": "Failed",
        f"{ANSWER}/examples/failed/value/status": "Failed",
    }
    speak(monkeypatch, EDITS | respelled)

    def run(seed: int) -> list[Any]:
        with serve(speed=0, seed=seed) as mock, Vendor(mock, NAME) as vendor:
            mock.outcomes.add("failed")
            return [vendor.finish()["status"] for _ in range(20)]

    assert set(run(1)) == {"Failed", "Request Moderated", "Out Of Paint"}
    assert run(1) == run(1) != run(2)


def test_a_state_that_is_none_of_a_task_s_ends_none(mock) -> None:
    with pytest.raises(MockError, match="'No Such Task' is not one of succeeded"):
        mock.outcomes.add("No Such Task", provider=NAME)


def test_words_are_not_written_where_they_are_but_the_state(mock, vendor) -> None:
    states = ends(mock, vendor, "Request Moderated", message="the prompt is rude")
    assert states == {"Request Moderated"}


def test_words_are_written_where_there_are_some(mock, vendor) -> None:
    mock.outcomes.add("failed", provider=NAME, message="the prompt is rude")
    vendor.submit()
    (task,) = mock.tasks
    assert vendor.fetch(task.id).json()["error"] is None  # it has not failed yet
    assert vendor.finish()["error"] == "the prompt is rude"


def test_an_address_that_only_the_submit_s_answer_tells_is_the_mock_s(
    mock, vendor
) -> None:
    told = vendor.submit().json()
    assert told["look_at"] == f"{mock.base_url(NAME)}/v1/result/{told['id']}"
    assert vendor.http.get(told["look_at"]).json()["id"] == told["id"]


def test_a_number_is_of_the_kind_that_the_example_shows(mock, vendor) -> None:
    mock.clock.advance(0.75)
    vendor.submit()
    (task,) = mock.tasks
    begun = vendor.fetch(task.id).json()["created"]
    assert begun == task.created
    assert type(begun) is float
    mock.clock.advance(10)
    done = vendor.fetch(task.id).json()["created"]
    assert done == int(task.created)
    assert type(done) is int


def test_an_unknown_task_is_told_of_in_a_normal_answer(mock, vendor) -> None:
    answer = vendor.fetch("image_7")
    assert answer.status_code == 200
    assert answer.json() == {"id": "image_7", "status": "No Such Task"}
    (seen,) = mock.requests
    assert "there is no task" in str(seen.refused)


def test_a_refusal_is_the_first_that_has_a_code_of_its_meaning_in_that_operation() -> (
    None
):
    spec = Spec.load("akool")
    create = spec.operations["createImage"]

    def named(*meanings: Any) -> str | None:
        document = {"x-codes": {"at": "/code", "ok": 1000, "meanings": list(meanings)}}
        return Codes(document).example(create, "authentication")

    empty = {"code": 1102, "error": "authentication"}
    wrong = {"code": 1101, "error": "authentication"}
    elsewhere = wrong | {"operations": ["getImage"]}
    assert named(wrong, empty) == "invalid_authorization"
    assert named(elsewhere, empty) == "authorization_empty"
    assert named(elsewhere, {"code": 1003, "error": "invalid-request"}) is None
    assert Codes({}).example(create, "authentication") is None


def test_an_empty_text_in_place_of_json_is_told_word_for_word(monkeypatch) -> None:
    """As a vendor may write that there is no result yet, or none at all."""
    status = "/paths/~1api~1v1~1jobs~1recordInfo/get/responses/200"
    shown = f"{status}/content/application~1json/examples"
    edits = {f"{shown}/{n}/value/data/resultJson": "" for n in ("waiting", "fail")}
    speak(monkeypatch, edits, "aigptimage")
    with (
        serve(speed=0, check=True) as mock,
        Vendor(mock, "aigptimage") as vendor,
    ):
        told = [vendor.fetch(vendor.submit().json()["data"]["taskId"]).json()]
        mock.outcomes.add("failed", provider="aigptimage")
        told.append(vendor.finish())
        assert [answer["data"]["resultJson"] for answer in told] == ["", ""]
        mock.outcomes.add("succeeded", provider="aigptimage")
        assert "resultUrls" in vendor.finish()["data"]["resultJson"]
        assert mock.violations == []
