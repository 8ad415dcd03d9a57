"""How the tables of an adapter are read: places, codes and request fields, whatever a document holds."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from imagetasks import (
    ImageRequest,
    InsufficientCredits,
    InvalidRequest,
    ServerError,
    State,
    Task,
    TaskNotFound,
    UnsupportedRequest,
    VideoRequest,
)
from imagetasks._http.answer import Answer
from imagetasks.providers import Codes, Operation, Outcome, Provider, States, Submit
from imagetasks.providers._operations import write
from imagetasks.providers._places import At, reader

ANSWER = Answer(200, {b"X-State": b"done"}, b"")


@pytest.mark.parametrize(
    ("places", "document", "found"),
    [
        ("/id", {"id": 7}, 7),
        ("/id", {}, None),
        ("/id", [7], None),
        ("/id", None, None),
        ("/data/id", {"data": {"id": 7}}, 7),
        ("/data/id", {"data": [7]}, None),
        ("/data/0/id", {"data": [{"id": 7}]}, 7),
        ("/data/1/id", {"data": [{"id": 7}]}, None),
        ("/a~1b/c~0d", {"a/b": {"c~d": 7}}, 7),
        ("header X-State", {}, "done"),
        ("header X-Other", {}, None),
        ("/text json /a/b", {"text": '{"a": {"b": 7}}'}, 7),
        ("/text json /a/b", {"text": ""}, None),
        ("/text json /a/b", {"text": "[" * 100_000}, None),
        ("/text json /a/b", {"text": {"a": {"b": 7}}}, None),
        (("/a", "/b"), {"a": 1, "b": 2}, 1),
        (("/a", "/b"), {"a": None, "b": 2}, 2),
        (("/a", "/b"), {"a": "", "b": []}, []),
        (("/a", "/b"), {"a": 0, "b": 2}, 0),
        (("/a", "/b", "/c"), {"c": 3}, 3),
        ((), {"id": 7}, None),
    ],
)
def test_what_stands_at_a_place_is_read(places, document: Any, found: Any) -> None:
    assert reader(places)(document, ANSWER) == found


def test_headers_and_states_of_a_table_are_known() -> None:
    at = At(id="/id", state=("header X-State", "/status"), status_url="header Location")
    assert at.headers == ("X-State", "Location")
    assert at.state_pointers == {"header:X-State", "/status"}
    assert list(at.places) == ["id", "state", "status_url"]


CODES = Codes("/error/code", ok="", meanings={"no-task": TaskNotFound, "poor": InsufficientCredits})  # fmt: skip


def test_a_code_may_be_a_text() -> None:
    assert CODES.read({"error": {"code": ""}}) is None
    assert CODES.read({"error": {"code": "poor"}}) == "poor"
    assert CODES.meaning("poor", of_submit=True) is InsufficientCredits
    assert CODES.meaning("unheard-of", of_submit=True) is InvalidRequest


@pytest.mark.parametrize("document", [{}, {"error": {"code": 7}}, {"error": None}, []])
def test_an_answer_without_a_code_is_not_as_documented(document: Any) -> None:
    with pytest.raises(ValueError, match="no code"):
        CODES.read(document)


@pytest.mark.parametrize(
    ("code", "of_submit", "meaning"),
    [
        (404, False, TaskNotFound),
        (404, True, TaskNotFound),
        (500, False, ServerError),
        (500, True, Outcome.UNKNOWN),
        (408, True, Outcome.UNKNOWN),
        (408, False, InvalidRequest),
    ],
)
def test_a_code_that_is_an_http_status_means_what_that_means(
    code: int, of_submit: bool, meaning: object
) -> None:
    codes = Codes("/code", ok=200, of_http=True)
    assert codes.meaning(code, of_submit=of_submit) is meaning


def generated(name: str) -> ModuleType:
    def get_kwargs(brush: str, *, body: Any, x_request_id: str = "") -> dict[str, Any]:
        return {"brush": brush, "json": body.to_dict(), "id": x_request_id}

    module = ModuleType(name)
    module.__dict__["get_kwargs"] = get_kwargs
    return module


def test_a_request_is_written_by_its_table() -> None:
    fields = {
        "prompt": "/input/prompt",
        "model": "path brush",
        "size": "/width x /height",
        "reference_images": "/input/urls",
        "idempotency_key": "header X-Request-ID",
        "extra": "/input/options",
    }
    request = ImageRequest("a heron", model="fine", size="640x384", reference_images=["a"], idempotency_key="k")  # fmt: skip
    body, parameters = write("vendor", fields, request)
    assert body == {
        "input": {"prompt": "a heron", "urls": ["a"], "options": {}},
        "width": 640,
        "height": 384,
    }
    sent = Submit("createJob", generated("create_job"), fields).request(body, parameters)  # fmt: skip
    assert sent == {"brush": "fine", "json": body, "id": "k"}


def test_what_a_request_leaves_out_is_not_written() -> None:
    fields = {"prompt": "/prompt", "mode": "/model", "model": "/model", "first_image": "/urls/0", "extra": ""}  # fmt: skip
    request = VideoRequest("a heron", mode="text_to_video")
    assert write("vendor", fields, request) == ({"prompt": "a heron"}, {})
    asked = VideoRequest("a heron", model="fast", first_image="u")
    body, _ = write("vendor", fields, asked)
    assert body == {"prompt": "a heron", "model": "fast", "urls": ["u"]}


def test_a_size_without_two_numbers_is_not_written() -> None:
    fields = {"size": "/width x /height"}
    with pytest.raises(UnsupportedRequest, match="width and height"):
        write("vendor", fields, ImageRequest("a heron", size="large"))


def of_one_parameter(name: str) -> ModuleType:
    module = ModuleType(name)
    module.__dict__["get_kwargs"] = lambda *, job_id: {"params": {"job": job_id}}
    return module


def test_an_operation_of_one_parameter_takes_a_task_s_id() -> None:
    operation = Operation("getJob", of_one_parameter("get_job"))
    assert operation.about("7") == {"params": {"job": "7"}}


# What an adapter makes of its tables


STATES: States = {1: State.RUNNING, 2: State.SUCCEEDED, 9: TaskNotFound}


ANSWERS = {"responses": {"200": {}}}
PATHS = {"/new": {"post": {"operationId": "new"} | ANSWERS}}
PATHS |= {"/look": {"get": {"operationId": "look"} | ANSWERS}}


class Sketch(Provider):
    name = "sketch"
    clients = ModuleType("sketch")
    clients.spec = lambda: {"paths": PATHS}  # type: ignore[attr-defined]
    images = Submit("new", generated("new"), {"prompt": "/prompt", "extra": ""}, codes={7: Outcome.UNKNOWN})  # fmt: skip
    status = Operation("look", of_one_parameter("look"), codes={8: TaskNotFound})
    at = At(id="/id", state="/state", result="/url", video="/clip")
    states = STATES
    times = "seconds"
    codes = Codes("/code", ok=0, meanings={7: ServerError})


def answer(**body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode())


def looked(response: Answer) -> Task:
    return Sketch().fetch("t").read(response)


def submitted(response: Answer) -> Task:
    return Sketch().submit_call(Sketch.images, {}, {"brush": "fine"}).read(response)


def test_a_code_may_mean_something_else_in_one_operation() -> None:
    with pytest.raises(ServerError):
        looked(answer(code=7))
    with pytest.raises(ValueError, match="its code is 7"):
        submitted(answer(code=7))  # nobody can tell what became of it
    with pytest.raises(TaskNotFound):
        looked(answer(code=8))
    with pytest.raises(InvalidRequest):
        submitted(answer(code=8))


@pytest.mark.parametrize(
    "body",
    [
        {"state": 1},
        {"id": "", "state": 1},
        {"id": "..", "state": 1},
        {"id": ["t"], "state": 1},
        {"id": True, "state": 1},
        {"id": "t"},
        {"id": "t", "state": None},
        {"id": "t", "state": "1"},
        {"id": "t", "state": 1.0},
        {"id": "t", "state": True},
        {"id": "t", "state": {"is": 1}},
    ],
    ids=str,
)
def test_without_an_id_or_a_state_there_is_no_task(body: Any) -> None:
    for read in (looked, submitted):
        with pytest.raises(ValueError, match="there is no"):
            read(answer(code=0, **body))


def test_a_state_that_means_no_such_task_is_none() -> None:
    with pytest.raises(TaskNotFound, match="sketch: HTTP 200 9"):
        looked(answer(code=0, id="t", state=9))


def test_what_is_made_shows_by_where_the_result_is() -> None:
    image = looked(answer(code=0, id="t", state=2, url="https://x/1.png"))
    video = looked(answer(code=0, id="t", state=2, clip="https://x/1.mp4"))
    assert (image.kind, image.artifacts[0].url) == ("image", "https://x/1.png")
    assert (video.kind, video.artifacts[0].url) == ("video", "https://x/1.mp4")


def test_a_submit_that_claims_success_has_no_result_yet() -> None:
    task = submitted(answer(code=0, id=7, state=2, url="https://x/1.png"))
    assert (task.id, task.state, task.artifacts) == ("7", State.PENDING, ())
