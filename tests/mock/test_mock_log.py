"""What the mock was asked: for assertions in a test of one's own code."""

from __future__ import annotations

import httpx
import imagetasks_mock
import pytest
from imagetasks import Client, ImageRequest, ServerError


def test_requests_are_kept_with_what_became_of_them() -> None:
    with imagetasks_mock.serve(speed=0) as mock:
        access = {
            "aigptimage": mock.access("aigptimage"),
            "akool": mock.access("akool"),
        }
        with Client(access) as client:
            request = ImageRequest("a lighthouse", idempotency_key="order-7")
            task = client.submit("aigptimage", request)
            mock.faults.add("status", status=503, count=1)
            with pytest.raises(ServerError):
                client.fetch(task)
        refused = httpx.post(
            f"{mock.base_url('akool')}/api/open/v4/content/image/createBySourcePrompt",
            json={"scale": "7:5"},
            headers={"x-api-key": "secret"},
        )
        httpx.get(f"{mock.base_url('akool')}/api/nowhere?key=1")
        submitted, looked, wrong, lost = mock.requests
    assert submitted.json()["input"] == {"prompt": "a lighthouse"}
    assert submitted.headers["x-request-id"] == "order-7"
    assert (submitted.operation, submitted.status, submitted.refused) == (
        "createTask",
        200,
        None,
    )
    assert (looked.operation, looked.status, looked.fault) == ("getTask", 503, "status")
    assert task.id in looked.path
    assert (wrong.provider, wrong.operation, wrong.status) == (
        "akool",
        "createImage",
        200,
    )
    assert "scale" in (wrong.refused or "")
    assert refused.json()["code"] == 1003
    assert (lost.operation, lost.status, lost.path) == (None, 404, "/api/nowhere?key=1")


def test_no_key_is_kept() -> None:
    with imagetasks_mock.serve() as mock:
        for header in ("Authorization", "x-api-key"):
            url = f"{mock.base_url('akool')}/api/open/v3/faceswap/quota/info"
            httpx.get(url, headers={header: "Bearer secret-key-0123"})
        listed = httpx.get(f"{mock.url}/_mock/requests").text
        assert "secret-key" not in listed + repr(list(mock.requests))
        assert len(mock.requests) == 2
        mock.reset()
        assert (
            list(mock.requests) == httpx.get(f"{mock.url}/_mock/requests").json() == []
        )


def test_the_oldest_make_room() -> None:
    from imagetasks_mock.state import log

    with imagetasks_mock.serve() as mock, httpx.Client() as client:
        url = f"{mock.base_url('gptimage2api')}/api/ai/tasks/"
        keep = mock.requests._received.maxlen
        assert keep == log.KEPT
        for n in range(3):
            client.get(f"{url}{n}")
        assert [r.path.rpartition("/")[2] for r in mock.requests] == ["0", "1", "2"]
        assert mock.requests[-1].path.endswith("2")


def test_the_verdict_on_each_request_is_kept() -> None:
    """Whether it keeps to the spec, whatever became of it: also where a fault kept it from the vendor."""
    with imagetasks_mock.serve() as mock, httpx.Client() as client:
        client.headers["Authorization"] = "Bearer key"
        url = f"{mock.base_url('gptimage2api')}/api/ai"
        good, bad = {"model": "gpt-image-2", "prompt": "x"}, {"model": "gpt-image-2"}
        client.post(f"{url}/image/generate", json=good)
        client.post(f"{url}/image/generate", json=bad)
        client.get(f"{url}/tasks/unknown")
        client.post(f"{url}/nowhere", json=good)
        mock.faults.add("status", status=503)
        client.post(f"{url}/image/generate", json=good)
        client.post(f"{url}/image/generate", json=bad)
        client.get(f"{url}/tasks/unknown", headers={"Authorization": ""})
        verdicts = [(r.status, r.invalid) for r in mock.requests]
        shown = httpx.get(f"{mock.url}/_mock/requests").json()
    assert verdicts == [
        (200, None),
        (400, "prompt is required"),
        (404, None),
        (404, "no such path"),
        (503, None),
        (503, "prompt is required"),
        (503, "there is no API key"),
    ]
    assert [entry["invalid"] for entry in shown] == [words for _, words in verdicts]
