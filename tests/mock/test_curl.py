"""
The vendors' own curl calls, with the host replaced, against the mock: answered as their pages show.

One call per line, from the page named above it. The ids in the calls are the pages' own, so the mock does not know them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import imagetasks_mock
import pytest
from imagetasks import Access, Client, ImageRequest

HOSTS = {
    "zcbservice.aizfw.cn": "xingchaoyiqing",
    "aigptimage.com": "aigptimage",
    "openapi.akool.com": "akool",
    "gptimage2api.org": "gptimage2api",
}

# docs.xingchaoyiqing.com/api-reference/image/gpt-image2-create and gpt-image2-query
XING_CREATE = """curl -X POST https://zcbservice.aizfw.cn/kyyReactApiServer/v1/image2/images \
  -H "Authorization: Bearer YOUR_API_KEY" -H "Content-Type: application/json" -d '{
    "model": "gpt-image-2",
    "prompt": "A serene mountain lake at sunset, photorealistic",
    "quality": "high",
    "ratio": "16:9",
    "resolution": "2k"
  }'"""
XING_QUERY = """curl -X GET https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/{id} \
  -H "Authorization: Bearer YOUR_API_KEY" """
# aigptimage.com/docs/getting-started and tasks/record-info
AIG_CREATE = """curl -X POST "https://aigptimage.com/api/v1/jobs/createTask" \
  -H "Authorization: Bearer sk-your-api-key" -H "Content-Type: application/json" -H "X-Request-ID: order-1" \
  -d '{"model":"gpt-image-2-text-to-image","input":{"prompt":"A cinematic portrait of a robot painter"}}'"""
AIG_QUERY = """curl "https://aigptimage.com/api/v1/jobs/recordInfo?taskId={id}" \
  -H "Authorization: Bearer sk-your-api-key" """
# docs.akool.com/ai-tools-suite/image-generate/create-by-source-prompt and get-result
AKOOL_CREATE = """curl --location 'https://openapi.akool.com/api/open/v4/content/image/createBySourcePrompt' \
  --header 'x-api-key: {{API Key}}' --header 'Content-Type: application/json' \
  --data '{"model_name":"wavespeed-ai/flux-krea-dev-lora","negative_prompt":"low quality, worst quality, blurry, out of focus","prompt":"A majestic mountain landscape at sunset with golden light","scale":"16:9","resolution":"4k","batch_quantity":1}'"""
AKOOL_QUERY = """curl --location 'https://openapi.akool.com/api/open/v3/content/image/infobymodelid?image_model_id={id}' \
  --header 'x-api-key: {{API Key}}'"""
# gptimage2api.org/docs/quickstart and api-reference/tasks
GPT_CREATE = """curl -X POST "https://gptimage2api.org/api/ai/image/generate" \
  -H "Authorization: Bearer sk_live_x" -H "Content-Type: application/json" \
  -d '{"prompt":"A premium skincare bottle on warm ivory paper, embossed serif label, soft editorial side light","model":"gpt-image-2","aspectRatio":"4:5"}'"""
GPT_QUERY = """curl -X GET "https://gptimage2api.org/api/ai/tasks/{id}" -H "Authorization: Bearer sk_live_x" """
GPT_QUERY_WITHOUT_KEY = (
    'curl -X GET "https://gptimage2api.org/api/ai/tasks/tsk_01J9XA5M2R9W4QZC4PYJF3N7ND"'
)


@pytest.fixture(scope="module")
def mock() -> Iterator[imagetasks_mock.Mock]:
    with imagetasks_mock.serve(speed=0, check=True) as running:
        yield running
        assert list(running.violations) == []


@pytest.fixture
def curl(mock: imagetasks_mock.Mock):
    """Runs a curl line of the documentation against the mock."""

    def run(line: str) -> httpx.Response:
        words = iter(shlex.split(line)[1:])
        method, headers, data, url = None, {}, None, ""
        for word in words:
            if word in ("-X", "--request"):
                method = next(words)
            elif word in ("-H", "--header"):
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word in ("-d", "--data"):
                data = next(words)
            elif word != "--location":
                url = word
        parts = urlsplit(url)
        replaced = f"{mock.url}/{HOSTS[parts.netloc]}{parts.path}?{parts.query}".rstrip(
            "?"
        )
        return httpx.request(
            method or ("POST" if data else "GET"),
            replaced,
            headers=headers,
            content=data,
        )

    return run


def shape(value: Any) -> Any:
    """What stays the same between two tasks: names and types."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return (
        [shape(value[0])] if isinstance(value, list) and value else type(value).__name__
    )


def test_xingchaoyiqing_answers_as_its_pages_show(
    curl, mock: imagetasks_mock.Mock
) -> None:
    created = curl(XING_CREATE).json()
    assert re.fullmatch(r"image_[0-9a-f-]{36}", created.pop("id"))
    assert isinstance(created.pop("created"), int)
    assert created == {
        "object": "image",
        "model": "gpt-image-2",
        "status": "queued",
        "error": None,
    }
    task_id = list(mock.tasks)[-1].id
    mock.clock.advance(2)
    processing = curl(XING_QUERY.format(id=task_id)).json()
    assert processing["status"] == "processing"
    assert processing["object"] == "image.generation"
    assert processing["image_url"] is processing["error"] is None
    mock.clock.advance(10)
    completed = curl(XING_QUERY.format(id=task_id)).json()
    assert completed["status"] == "completed"
    assert httpx.get(completed["image_url"]).headers["content-type"] == "image/png"
    unknown = curl(XING_QUERY.format(id="image_fd35ee52-2a98-44a6-b930-29a88ce9b8fd"))
    assert unknown.status_code == 404  # no page says with what


def test_aigptimage_answers_as_its_pages_show(curl, mock: imagetasks_mock.Mock) -> None:
    created = curl(AIG_CREATE).json()
    assert shape(created) == {"code": "int", "msg": "str", "data": {"taskId": "str"}}
    assert (created["code"], created["msg"]) == (200, "success")
    assert curl(AIG_CREATE).json() == created  # the same X-Request-ID
    line = AIG_QUERY.format(id=created["data"]["taskId"])
    waiting = curl(line).json()["data"]
    assert json.loads(waiting["param"]) == {
        "model": "gpt-image-2-text-to-image",
        "input": {"prompt": "A cinematic portrait of a robot painter"},
    }
    nothing = ("resultJson", "failCode", "failMsg", "costTime", "completeTime")
    assert waiting["state"] == "waiting"
    assert {waiting[name] for name in nothing} == {None}
    mock.clock.advance(10)
    done = curl(line).json()["data"]
    assert done["state"] == "success"
    assert done["completeTime"] - done["createTime"] == done["costTime"]
    (url,) = json.loads(done["resultJson"])["resultUrls"]
    assert httpx.get(url).is_success
    for other in ("task_xxx", ""):
        unknown = curl(AIG_QUERY.format(id=other))
        assert unknown.status_code == 404
        assert unknown.json() == {"code": 404, "msg": "task not found", "data": None}


def test_akool_answers_as_its_pages_show(curl, mock: imagetasks_mock.Mock) -> None:
    created = curl(AKOOL_CREATE).json()
    assert (created["code"], created["msg"]) == (1000, "OK")
    assert created["data"]["image_status"] == 1
    line = AKOOL_QUERY.format(id=created["data"]["_id"])
    states = []
    for _ in range(3):
        states.append(curl(line).json()["data"]["image_status"])
        mock.clock.advance(2)
    assert states == [1, 2, 3]
    done = curl(line).json()["data"]
    assert done["buttons"] == ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4"]
    assert httpx.get(done["image"]).is_success
    unknown = curl(AKOOL_QUERY.format(id="662a10df4197b3af58532e89"))
    assert (unknown.status_code, unknown.json()["code"]) == (200, 1008)


def test_gptimage2api_answers_as_its_pages_show(
    curl, mock: imagetasks_mock.Mock
) -> None:
    created = curl(GPT_CREATE).json()
    assert re.fullmatch(r"tsk_[0-9A-Z]{26}", created["taskId"])
    assert created == {"taskId": created["taskId"], "status": 0, "creditsUsed": 3}
    line = GPT_QUERY.format(id=created["taskId"])
    assert curl(line).json()["status"] == 0
    mock.clock.advance(10)
    done = curl(line).json()
    assert (done["type"], done["status"], done["model"]) == ("image", 1, "gpt-image-2")
    assert httpx.get(done["imageUrls"][0]).is_success
    assert curl(GPT_QUERY_WITHOUT_KEY).json() == {"error": "Unauthorized"}
    unknown = curl(GPT_QUERY.format(id="tsk_01J9XA5M2R9W4QZC4PYJF3N7ND"))
    assert (unknown.status_code, unknown.json()) == (404, {"error": "Task not found"})


@pytest.mark.parametrize("provider", HOSTS.values())
def test_the_path_of_a_vendors_server_may_be_left_out(
    mock: imagetasks_mock.Mock, provider: str
) -> None:
    """So that <PROVIDER>_BASE_URL=http://127.0.0.1:8765/<provider> works for every vendor."""
    for base_url in (f"{mock.url}/{provider}", mock.base_url(provider)):
        with Client({provider: Access("key", base_url)}) as client:
            task = client.submit(provider, ImageRequest("a lighthouse"))
            assert client.fetch(task).id == task.id
