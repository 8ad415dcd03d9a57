"""Values: requests, tasks, tokens, errors."""

from __future__ import annotations

import base64
import copy
import inspect
import json
import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import imagetasks
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import (
    Access,
    Artifact,
    Client,
    ImageRequest,
    ImageTasksError,
    RateLimited,
    Reason,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskError,
    WaitTimeout,
)
from support.examples import law
from support.mutations import ODD_VALUES

INSTANTS = st.datetimes(timezones=st.just(UTC))
TASKS = st.builds(
    Task,
    provider=st.sampled_from(["akool", "aigptimage"]),
    id=st.text(min_size=1),
    kind=st.sampled_from(["image", "video"]),
    state=st.sampled_from(State),
    wire_state=st.none() | st.integers() | st.text(),
    artifacts=st.lists(
        st.builds(
            Artifact,
            st.text(),
            st.sampled_from(["image", "video"]),
            st.none() | INSTANTS,
        )
    ).map(tuple),
    error=st.none()
    | st.builds(TaskError, st.none() | st.text(), st.text(), st.sampled_from(Reason)),
    model=st.none() | st.text(),
    prompt=st.none() | st.just("a secret lighthouse"),
    created_at=st.none() | INSTANTS,
    finished_at=st.none() | INSTANTS,
    credits_used=st.none() | st.integers(0, 100),
    refunded=st.none() | st.booleans(),
    raw=st.just({"_": "a secret lighthouse"}),
)


@law
@given(TASKS)
def test_a_token_brings_back_the_task_without_its_private_parts(task: Task) -> None:
    token = task.to_token()
    assert Task.from_token(f" {token}\n") == replace(task, prompt=None)
    assert Task.from_token(token).raw is None
    body = token.partition(".")[2]
    assert b"secret" not in base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


@law
@given(
    st.text()
    | st.binary().map(lambda b: "imagetasks1." + base64.urlsafe_b64encode(b).decode())
)
def test_what_is_no_token_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="not a task token"):
        Task.from_token(text)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {"provider": "akool"},
        {"provider": "akool", "id": "", "state": "queued"},
        {"provider": 1, "id": "1", "state": "queued"},
        {"provider": "akool", "id": "1", "state": "dancing"},
        {"provider": "akool", "id": "1", "state": "queued", "from_the_future": 1},
    ],
)
def test_a_token_of_another_making_is_refused(content: object) -> None:
    body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(ValueError, match="not a task token"):
        Task.from_token(f"imagetasks1.{body}")


@law
@given(TASKS, st.data())
def test_a_token_from_anybody_is_refused_or_gives_what_a_task_may_hold(
    task: Task, data: st.DataObject
) -> None:
    body = task.to_token().partition(".")[2]
    held = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    names = st.sampled_from([*held, "artifacts", "error", "_submitted", "raw", "x"])
    odd = st.sampled_from([*ODD_VALUES, [["https://x/", "image", 5]], ["1", 2]])
    held[data.draw(names)] = data.draw(odd)
    forged = base64.urlsafe_b64encode(json.dumps(held).encode()).decode()
    try:
        read = Task.from_token(f"imagetasks1.{forged}")
    except ValueError:
        return
    assert read.prompt is read.raw is read._submitted is None
    assert all(isinstance(artifact.url, str) for artifact in read.artifacts)
    assert Task.from_token(read.to_token()) == read or read != read


def token_of(**held: object) -> str:
    body = {"provider": "akool", "id": "1", "state": "failed", **held}
    return f"imagetasks2.{base64.urlsafe_b64encode(json.dumps(body).encode()).decode()}"


def test_a_token_from_before_there_were_reasons_says_unknown() -> None:
    task = Task.from_token(token_of(error=["400", "no"]))
    assert task.error == TaskError("400", "no", Reason.UNKNOWN)
    assert task.error == TaskError("400", "no")


def test_an_unknown_reason_is_not_in_a_token() -> None:
    """So that an earlier version reads it."""
    task = Task(
        provider="akool", id="1", state=State.FAILED, error=TaskError(None, "no")
    )
    body = task.to_token().partition(".")[2]
    held = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert held["error"] == [None, "no"]


@pytest.mark.parametrize(
    "error",
    [
        ["400", "no", "bad mood"],
        ["400", "no", None],
        ["400", "no", 7],
        ["400", "no", ["storage"]],
        ["400", "no", "storage", 1],
        ["400"],
        "no",
    ],
)
def test_a_token_with_another_error_is_refused(error: object) -> None:
    with pytest.raises(ValueError, match="not a task token"):
        Task.from_token(token_of(error=error))


@law
@given(st.sampled_from(Reason), st.none() | st.text(), st.text())
def test_why_a_task_failed_is_kept_and_shown(
    reason: Reason, code: str | None, message: str
) -> None:
    error = TaskError(code, message, reason)
    assert pickle.loads(pickle.dumps(error)) == copy.deepcopy(error) == error
    assert reason.value in repr(error)
    assert Reason(reason.value) is reason


def test_a_task_prints_as_one_short_line_and_hides_prompt_and_raw() -> None:
    task = Task(
        provider="akool",
        id="66a1",
        state=State.RUNNING,
        prompt="secret",
        raw={"p": "secret"},
    )
    assert str(task) == "akool task 66a1: RUNNING"
    assert "secret" not in repr(task)


def test_values_are_frozen_hashable_and_comparable() -> None:
    task = Task(provider="akool", id="1", state=State.QUEUED, raw={"a": 1})
    assert task == replace(task, raw={"b": 2})
    assert len({task, copy.copy(task)}) == 1
    with pytest.raises(FrozenInstanceError):
        task.state = State.FAILED  # type: ignore[misc]
    assert ImageRequest("x") == ImageRequest("x", reference_images=[])
    assert len({ImageRequest("x"), ImageRequest("x", extra={"a": [1]})}) == 2


def test_terminal_states_are_the_three_that_stay() -> None:
    terminal = {state for state in State if state.is_terminal}
    assert terminal == {State.SUCCEEDED, State.FAILED, State.CANCELLED}


def test_a_request_keeps_its_own_copy_of_lists() -> None:
    urls, extra = ["https://a.example/1.png"], {"similar": 0.5}
    request = ImageRequest("x", reference_images=urls, extra=extra)
    urls.clear()
    extra.clear()
    assert request.reference_images == ("https://a.example/1.png",)
    assert request.extra == {"similar": 0.5}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"prompt": None}, TypeError),
        ({"prompt": "x", "reference_images": "https://a.example/1.png"}, TypeError),
        ({"prompt": "x", "count": 0}, ValueError),
        ({"prompt": "x", "count": 1.5}, ValueError),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused(fields, kind) -> None:
    with pytest.raises(kind):
        ImageRequest(**fields)


def test_a_key_is_in_no_repr() -> None:
    access = Access("secret-key-0123")
    assert "secret" not in repr(access)
    assert "secret" not in repr(Client({"akool": access}))


def all_errors() -> list[type[ImageTasksError]]:
    found = [getattr(imagetasks, name) for name in imagetasks.__all__]
    return [e for e in found if inspect.isclass(e) and issubclass(e, ImageTasksError)]


@pytest.mark.parametrize("kind", all_errors())
def test_every_error_survives_a_process_border(kind: type[ImageTasksError]) -> None:
    task = Task(provider="akool", id="1", state=State.QUEUED)
    error = kind("akool: no")
    error.task = task
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is kind
    assert (str(back), back.task) == ("akool: no", task)


def test_errors_keep_what_they_know_across_a_process_border() -> None:
    limited = RateLimited(
        "no", provider="akool", status_code=429, code="429", retry_after=17.0
    )
    assert pickle.loads(pickle.dumps(limited)).retry_after == 17
    lost = SubmitOutcomeUnknown(
        "?", provider="akool", request=ImageRequest("x"), sent_at=datetime.now(UTC)
    )
    assert pickle.loads(pickle.dumps(lost)).request == ImageRequest("x")


def test_errors_are_what_they_are_in_the_standard_library_too() -> None:
    assert issubclass(WaitTimeout, TimeoutError)
    assert issubclass(imagetasks.UnsupportedRequest, ValueError)


def test_a_refusal_for_content_is_an_invalid_request() -> None:
    assert issubclass(imagetasks.ContentRefused, imagetasks.InvalidRequest)
    assert not imagetasks.ContentRefused("no").retryable


def test_the_public_names_are_listed_once_and_sorted() -> None:
    assert imagetasks.__all__ == sorted(set(imagetasks.__all__))
