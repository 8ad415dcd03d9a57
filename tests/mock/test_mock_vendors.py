"""What the mock refuses, and what is odd about each vendor: as its documentation has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from imagetasks_mock import Mock, serve
from support import specs
from support.mocked import Vendor
from support.table import table
from vendors import VENDORS

KEY = {"Authorization": "Bearer key"}


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


class Calls:
    """Operations of one vendor, by their ids."""

    def __init__(self, mock: Mock, provider: str) -> None:
        self.mock, self.provider = mock, provider
        self.headers = specs.key_header(provider)

    def __call__(
        self, operation: str, body: Any = None, /, **query: str
    ) -> httpx.Response:
        op = specs.operation(self.provider, operation)
        path = op.path.format(**query) if query else op.address
        rest = {name: v for name, v in query.items() if f"{{{name}}}" not in op.path}
        return httpx.request(
            op.method,
            self.mock.base_url(self.provider) + path,
            headers=self.headers,
            params=rest,
            **({"content": body} if isinstance(body, bytes) else {"json": body}),
        )


@pytest.fixture
def calls(mock: Mock) -> Callable[[str], Calls]:
    return lambda provider: Calls(mock, provider)


@table("example", list(specs.requests()), ids=str)
def test_every_documented_request_is_accepted(mock, calls, example):
    call, body = calls(example.operation.provider), example.value
    if example.operation.id == "createByButton":  # presses a button of a finished task
        source = call("createImage", {"prompt": "x"}).json()["data"]["_id"]
        mock.clock.advance(4)
        body = {**body, "_id": source}
    answer = call(example.operation.id, body)
    assert answer.is_success
    assert answer.json().get("code", 1000) in (200, 1000)
    assert "x-mock-reason" not in answer.headers


@table("provider", specs.PROVIDERS)
def test_other_paths_and_methods_are_refused_with_what_there_is(mock, provider):
    url = mock.base_url(provider)
    lost = httpx.get(f"{url}/no/such/path", headers=KEY)
    assert lost.status_code == 404
    assert specs.status_operation(provider).path in lost.json()["error"]
    submit = next(specs.operations(provider))
    wrong = httpx.delete(url + submit.path, headers=KEY)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@table("provider", specs.PROVIDERS)
def test_a_body_above_10_mb_is_refused(mock, provider):
    url = mock.base_url(provider) + next(specs.operations(provider)).path
    assert httpx.post(url, headers=KEY, content=b" " * 10_000_001).status_code == 413
    pieces = iter([b" " * 6_000_000] * 2)  # without a stated length
    assert httpx.post(url, headers=KEY, content=pieces).status_code == 413
    assert len(mock.tasks) == 0


BROKEN = {
    "not UTF-8": b'{"prompt": "\xff"}',
    "cut off": b'{"prompt": "a light',
    "nothing": b"",
    "NaN": b'{"prompt": "x", "n": NaN}',
    "a huge number": b'{"prompt": "x", "n": ' + b"9" * 5000 + b"}",
    "infinity": b'{"prompt": "x", "n": 1e999}',
    "half a character": b'{"prompt": "\\ud800"}',
    "10,000 arrays": b"[" * 10_000 + b"]" * 10_000,
    "300 objects": b'{"a":' * 300 + b"1" + b"}" * 300,
}


@table("body", BROKEN.values(), ids=BROKEN)
@table("provider", specs.PROVIDERS)
def test_an_unreadable_body_is_refused(mock, calls, provider, body):
    answer = calls(provider)(next(specs.operations(provider)).id, body)
    status, expected = VENDORS[provider].unreadable
    assert answer.status_code == status
    assert answer.headers["x-mock-reason"]
    assert expected in (None, answer.json())
    assert len(mock.tasks) == 0


@table("provider", specs.PROVIDERS)
def test_a_body_of_another_type_is_unreadable(mock, calls, provider):
    call = calls(provider)
    call.headers["Content-Type"] = "application/x-www-form-urlencoded"
    answer = call(next(specs.operations(provider)).id, b'{"prompt": "x"}')
    assert answer.status_code == VENDORS[provider].unreadable[0]
    assert "Content-Type" in answer.headers["x-mock-reason"]


@table(
    ("provider", "status", "body"),
    [
        ("xingchaoyiqing", 401, None),
        (
            "aigptimage",
            401,
            {"code": 401, "msg": "authentication failed", "data": None},
        ),
        ("akool", 200, {"code": 1102, "msg": "Authorization empty"}),
        ("gptimage2api", 401, {"error": "Unauthorized"}),
    ],
)
@table("headers", [{}, {"Authorization": "Bearer"}])
def test_a_request_without_a_key_is_refused(calls, provider, status, body, headers):
    call = calls(provider)
    call.headers = headers
    for op in specs.operations(provider):
        if op.described.get("security") == []:
            continue
        answer = call(op.id, **dict.fromkeys(_parameters(op), "x"))
        assert answer.status_code == status
        assert body in (None, answer.json())


@table("provider", specs.PROVIDERS)
def test_only_the_keys_that_are_given_are_good(provider):
    with serve(speed=0, check=True, keys=["good", "better"]) as mock:
        call, submit = Calls(mock, provider), next(specs.operations(provider))
        body = next(specs.requests(submit)).value
        refused = call(submit.id, body)
        for key in ("good", "better", mock.access(provider).api_key):
            call.headers = specs.key_header(provider, key)
            assert "x-mock-reason" not in call(submit.id, body).headers
        assert mock.violations == []
    if provider == "akool":
        assert refused.json() == {"code": 1101, "msg": "Invalid authorization"}
    else:
        assert refused.status_code == 401


def _parameters(op: specs.Operation) -> list[str]:
    return [p["name"] for p in op.described.get("parameters", ()) if p["required"]]


@table(
    ("provider", "status", "body"),
    [
        ("xingchaoyiqing", 404, None),
        ("aigptimage", 404, {"code": 404, "msg": "task not found", "data": None}),
        ("akool", 200, {"code": 1008, "msg": "Content does not exist"}),
        ("gptimage2api", 404, {"error": "Task not found"}),
    ],
)
def test_an_unknown_task_is_refused(calls, provider, status, body):
    op = specs.status_operation(provider)
    (name,) = _parameters(op)
    for task_id in ("no-such-task", "%2F..%2F", "%7F", "名"):
        answer = calls(provider)(op.id, **{name: task_id})
        assert answer.status_code == status
        assert body in (None, answer.json())


# xingchaoyiqing


def test_xingchaoyiqing_refuses_in_a_create_answer_that_has_failed(calls):
    call = calls("xingchaoyiqing")
    body = {"model": "gpt-image-2", "prompt": "x", "ratio": "4:3", "resolution": "4k"}
    answer = call("createImage", body)
    created = answer.json()
    assert answer.is_success
    assert (created["object"], created["status"]) == ("image", "failed")
    assert (
        created["error"]
        == "Invalid request: resolution '4k' is not supported for ratio '4:3'"
    )
    assert "4k needs one of the ratios" in answer.headers["x-mock-reason"]
    read = call("getImage", id=created["id"]).json()
    assert (read["status"], read["error"]) == ("failed", created["error"])


@table(
    ("fields", "words"),
    [
        ({"size": "1000x1000"}, "multiples of 16"),
        ({"size": "3840x1024"}, "3 times as long"),
        ({"size": "640x640"}, "at least 655360 pixels"),
        ({"prompt": 7}, "prompt is not of type string"),
        ({"model": "dall-e"}, "model is not one of gpt-image-2, gpt-image-2-r"),
        ({"image_urls": ["https://x.test/a.png"] * 7}, "up to 6 reference images"),
    ],
)
def test_xingchaoyiqing_says_what_is_wrong(calls, fields, words):
    body = {"model": "gpt-image-2", "prompt": "x"} | fields
    assert words in calls("xingchaoyiqing")("createImage", body).json()["error"]


def test_xingchaoyiqing_names_the_default_ratio_where_none_is_given(calls):
    body = {"model": "gpt-image-2", "prompt": "x", "resolution": "4k"}
    error = calls("xingchaoyiqing")("createImage", body).json()["error"]
    assert error.endswith("resolution '4k' is not supported for ratio '1:1'")
    wrong = calls("xingchaoyiqing")("createImage", body | {"ratio": "7:5"}).json()
    assert "ratio is not one of 1:1, 16:9" in wrong["error"]


@table("body", [[], 1, "x", {}])
def test_xingchaoyiqing_takes_objects_only(calls, body):
    created = calls("xingchaoyiqing")("createImage", body).json()
    assert created["status"] == "failed"


# aigptimage


def test_aigptimage_tells_kinds_of_refusals_apart(calls):
    call = calls("aigptimage")
    wrong = call("createTask", {"model": "gpt-image-2-text-to-image", "input": {}})
    assert wrong.json() == {"code": 422, "msg": "validation error", "data": None}
    assert wrong.headers["x-mock-reason"] == "input.prompt is required"
    model = call("createTask", {"model": "dall-e", "input": {"prompt": "x"}})
    assert model.json() == {"code": 422, "msg": "model is not supported", "data": None}
    lacking = call("getTask")
    assert (lacking.status_code, lacking.json()["msg"]) == (400, "invalid request")


def test_aigptimage_makes_one_task_of_one_request_id(mock, calls):
    call = calls("aigptimage")
    body = {"model": "gpt-image-2-text-to-image", "input": {"prompt": "x"}}
    call.headers["X-Request-ID"] = "order-1"
    first, second = call("createTask", body).json(), call("createTask", body).json()
    assert first == second
    call.headers["Authorization"] = "Bearer another-key"
    assert call("createTask", body).json() != first
    del call.headers["X-Request-ID"]
    call("createTask", body)
    call("createTask", body)
    assert len(mock.tasks) == 4


def test_aigptimage_repeats_the_request_and_tells_the_time_it_took(mock, calls):
    call = calls("aigptimage")
    text = (
        '{"model":"gpt-image-2-text-to-image","input":{"prompt":"ein Türmchen","n":1}}'
    )
    task_id = call("createTask", text.encode()).json()["data"]["taskId"]
    mock.clock.advance(4)
    data = call("getTask", taskId=task_id).json()["data"]
    assert data["param"] == text
    assert data["costTime"] == data["completeTime"] - data["createTime"] > 2000


# AKOOL


def test_akool_takes_either_key_but_authorization_wins(calls):
    call = calls("akool")
    call.headers = {"x-api-key": "key"}
    assert call("getCredit").json() == {
        "code": 1000,
        "msg": "OK",
        "data": {"credit": 123},
    }
    call.headers["Authorization"] = "Basic stale"
    assert call("getCredit").json()["code"] == 1101


@table(
    ("headers", "code"),
    [
        ({"Authorization": "", "x-api-key": "good"}, 1000),
        ({"Authorization": "Bearer good", "x-api-key": ""}, 1000),
        ({"Authorization": "Bearer good", "x-api-key": "bad"}, 1000),
        ({"Authorization": "Bearer bad", "x-api-key": "good"}, 1101),
        ({"Authorization": "", "x-api-key": "bad"}, 1101),
        ({"Authorization": "Bearer", "x-api-key": "good"}, 1102),
        ({"Authorization": "", "x-api-key": ""}, 1102),
        ({"Authorization": ""}, 1102),
    ],
    ids=str,
)
def test_akool_counts_a_header_that_has_a_value(headers, code):
    """ "If both Authorization and x-api-key have values, Authorization will be used first"."""
    with serve(speed=0, check=True, keys=["good"]) as mock:
        call = Calls(mock, "akool")
        call.headers = headers
        assert call("getCredit").json()["code"] == code


def test_akool_takes_the_meitu_model_with_all_that_it_needs(calls):
    """ "Required only for meitu/yunxiu-pro/image-to-image", "provide one public source image URL"."""
    submit = specs.operation("akool", "createImage")
    shown = {example.name: example.value for example in specs.requests(submit)}
    call, body = calls("akool"), shown["meitu"]
    assert call("createImage", body).json()["code"] == 1000
    for name in ("parameter", "source_images"):
        left = {key: value for key, value in body.items() if key != name}
        assert call("createImage", left).json()["code"] == 1003
    for name in ("people_type", "all_params"):
        part = {k: v for k, v in body["parameter"].items() if k != name}
        answer = call("createImage", body | {"parameter": part})
        assert answer.json()["code"] == 1003
    assert call("createImage", body | {"source_images": []}).json()["code"] == 1003


def test_akool_refuses_a_parameter_that_is_empty(calls):
    """ "1003: Parameter error or Parameter cannot be empty"."""
    call = calls("akool")
    assert call("getImage").json()["code"] == 1003
    assert call("getImage", image_model_id="").json()["code"] == 1003
    assert call("createImage", {"prompt": ""}).json()["code"] == 1003
    assert call("createImageV3", {"prompt": ""}).json()["code"] == 1003
    pressed = call("createByButton", {"_id": "", "button": "U1"})
    assert pressed.json()["code"] == 1003


def test_akool_s_link_from_an_image_to_its_buttons_leads_to_a_new_task(mock, calls):
    call = calls("akool")
    task_id = call("createImage", {"prompt": "x"}).json()["data"]["_id"]
    mock.clock.advance(60)
    answer = call("getImage", image_model_id=task_id).json()
    link = specs.operation("akool", "getImage").described["responses"]["200"]["links"]
    body = {
        name: specs.look_up(answer, place.removeprefix("$response.body#"))
        for name, place in link["createByButton"]["requestBody"].items()
    }
    made = call(link["createByButton"]["operationId"], body).json()
    assert made["code"] == 1000
    assert made["data"]["image_content_model_id"] == task_id


def test_akool_gives_a_token_that_works(calls):
    call = calls("akool")
    call.headers = {}
    token = call("getToken", {"clientId": "a", "clientSecret": "b"}).json()["token"]
    call.headers = {"Authorization": f"Bearer {token}"}
    assert call("getCredit").json()["code"] == 1000
    assert call("getToken", {"clientId": "a"}).json()["code"] == 1003


def test_akool_gives_tokens_for_good_keys_only():
    with serve(speed=0, check=True, keys=["good"]) as mock:
        call = Calls(mock, "akool")
        wrong = call("getToken", {"clientId": "a", "clientSecret": "bad"})
        assert wrong.json()["code"] == 1101
        right = call("getToken", {"clientId": "a", "clientSecret": "good"}).json()
        call.headers = {"Authorization": f"Bearer {right['token']}"}
        assert call("getCredit").json()["code"] == 1000
        call.headers = {"x-api-key": "bad"}
        assert call("getCredit").json()["code"] == 1101


def test_akool_makes_a_task_for_each_image_of_a_batch(mock, calls):
    call = calls("akool")
    body = {"prompt": "x", "batch_quantity": 3, "resolution": "1080p"}
    items = call("createImage", body).json()["data"]
    assert len({item["_id"] for item in items}) == len(mock.tasks) == 3
    mock.clock.advance(4)
    for item in items:
        data = call("getImage", image_model_id=item["_id"]).json()["data"]
        assert (data["image_status"], data["deduction_credit"]) == (3, 1)


def test_akool_tells_what_it_makes_of_the_request(calls):
    call, url = calls("akool"), "https://x.test/a.png"
    body = {"prompt": "x", "source_images": [url], "scale": "Original"}
    data = call("createImage", body).json()["data"]
    assert data["source_image"] == url
    assert (data["origin_prompt"], data["sub_type"]) == ("x", 40002)
    assert data["model_name"] == "wavespeed-ai/flux-kontext-dev"
    old = call("createImageV3", {"prompt": "y"}).json()["data"]
    assert (old["prompt"], old["origin_prompt"], old["source_image"]) == ("y", "y", "")
    assert old["deduction_credit"] == 2


def test_akool_uses_up_buttons(mock, calls):
    call = calls("akool")

    def press(task_id: str, button: str) -> Any:
        return call("createByButton", {"_id": task_id, "button": button}).json()

    def read(task_id: str) -> Any:
        return call("getImage", image_model_id=task_id).json()["data"]

    source = call("createImage", {"prompt": "x", "scale": "16:9"}).json()["data"]["_id"]
    assert press("no-such-task", "U1")["code"] == 1008
    assert press(source, "U1")["code"] == 1010  # not finished yet
    assert read(source)["buttons"] == []
    mock.clock.advance(4)
    assert press(source, "U9")["code"] == 1003
    upscale, variation = press(source, "U1")["data"], press(source, "V2")["data"]
    assert upscale["image_content_model_id"] == source
    assert (upscale["op_button"], upscale["image_status"]) == ("U1", 1)
    assert press(source, "U1")["code"] == 1011
    assert read(source)["buttons"] == ["U2", "U3", "U4", "V1", "V3", "V4"]
    assert read(source)["used_buttons"] == ["U1", "V2"]
    assert read(source)["upscaled_urls"] == []
    mock.clock.advance(4)
    upscaled = read(upscale["_id"])
    assert read(source)["upscaled_urls"] == [upscaled["image"]]
    assert upscaled["buttons"] == []
    assert press(upscale["_id"], "V1")["code"] == 1010
    assert len(read(variation["_id"])["buttons"]) == 8
    assert mock.tasks[upscale["_id"]].picture == (3840, 2160)


# gptimage2api


def test_gptimage2api_names_the_fields_that_are_wrong(calls):
    answer = calls("gptimage2api")("generateImage", {"model": "gpt-image-2"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Invalid request",
        "details": {
            "formErrors": [],
            "fieldErrors": {"prompt": ["Prompt is required"]},
        },
    }
    body = {"model": "gpt-image-2", "prompt": "x", "inputImageUrls": ["no url"]}
    details = calls("gptimage2api")("generateImage", body).json()["details"]
    assert list(details["fieldErrors"]) == ["inputImageUrls"]


@table(
    ("operation", "fields", "price"),
    [
        ("generateImage", {"model": "gpt-image-2"}, 3),
        ("generateImage", {"model": "nano-banana-pro", "resolution": "4K"}, 20),
        ("generateVideo", {"model": "veo3_fast"}, 9),
        ("generateVideo", {"model": "veo3", "duration": 8}, 63),
    ],
)
def test_gptimage2api_takes_the_stated_price(mock, calls, operation, fields, price):
    call = calls("gptimage2api")
    submitted = call(operation, {"prompt": "x"} | fields).json()
    assert submitted["creditsUsed"] == price
    mock.tasks[submitted["taskId"]].fail()
    read = call("getTask", id=submitted["taskId"]).json()
    assert (read["creditsUsed"], read["creditsRefunded"]) == (price, True)


def test_gptimage2api_tells_the_time_of_the_last_change(mock, calls):
    call = calls("gptimage2api")
    submitted = call("generateImage", {"prompt": "x"}).json()
    before = call("getTask", id=submitted["taskId"]).json()
    assert before["updatedAt"] == before["createdAt"]
    mock.clock.advance(4)
    assert (
        call("getTask", id=submitted["taskId"]).json()["updatedAt"]
        > before["updatedAt"]
    )


def test_a_refusal_repeats_nothing_that_its_own_answer_may_not_hold(mock, calls):
    answer = calls("xingchaoyiqing")("createImage", {"model": 7, "prompt": "x"})
    assert answer.json()["status"] == "failed"
    assert isinstance(answer.json()["model"], str)


@table("provider", ["akool", "xingchaoyiqing"])
def test_a_create_that_fails_at_once_can_be_read(provider):
    """The specs show a create answer of a failed task: its id is that of a task."""
    rules = [{"provider": provider, "refuse": "failed"}]
    with serve(speed=0, check=True, scenario={"outcomes": rules}) as mock:
        with Vendor(mock, provider) as vendor:
            vendor.submit_prompt("a doomed lighthouse")
            (task,) = mock.tasks
            assert vendor.meaning(task.id) == "failed"
            assert task.prompt == "a doomed lighthouse"
        assert mock.accounts["mock-key"].spent(provider) == 0
        assert mock.violations == []
