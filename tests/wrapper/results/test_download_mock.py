"""Results of the mock, downloaded through a host that misbehaves."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import ArtifactExpired, Downloaded, DownloadError, ImageRequest, Task
from imagetasks_clients import PROVIDERS
from imagetasks_mock import serve
from PIL import Image
from support.broken_server import Behaviour, BrokenServer, answer, broken_server

DAY = 24 * 3600
LIFETIMES = {"xingchaoyiqing": DAY, "akool": 7 * DAY}
"""As their pages have them; the other two document none."""
XING = "xingchaoyiqing"


@pytest.fixture
def mock():
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def done(mock, driver, clock) -> Callable[..., tuple[Any, Task]]:
    """A client, and a task that has succeeded."""

    def make(provider: str, **options: Any) -> tuple[Any, Task]:
        access = {provider: mock.access(provider)}
        client = driver(access, clock=clock, **options)
        task = client.submit(provider, ImageRequest("a lighthouse"))
        mock.clock.advance(60)
        return client, client.fetch(task)

    return make


def through(server: BrokenServer, task: Task) -> Task:
    """The same task, its results on another host."""
    moved = [
        replace(artifact, url=f"{server.url}/{n}.png")
        for n, artifact in enumerate(task.artifacts)
    ]
    return replace(task, artifacts=tuple(moved))


def to(url: str) -> Behaviour:
    return answer(b"", status="302 Found", headers=f"Location: {url}\r\n")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_vendors_result_is_saved(done, tmp_path: Path, provider) -> None:
    events: list[object] = []
    client, task = done(provider, on_event=events.append)
    (path,) = client.download(task, tmp_path)
    with Image.open(path) as image:
        assert image.format == "PNG"
    assert path.name == f"{provider}-{task.id}-1.png"
    (told,) = (event for event in events if isinstance(event, Downloaded))
    assert told.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_gets_through_everything_that_may_pass(done, tmp_path: Path) -> None:
    client, task = done(XING)
    content = httpx.get(task.artifacts[0].url).content

    def cut(connection: socket.socket, server: BrokenServer) -> None:
        answer(content, cut=len(content) // 2)(connection, server)

    late = answer({}, status="429 Slow", headers="Retry-After: 3\r\n")
    down = answer(b"<html>down</html>", status="503 No")
    with broken_server(late, cut, down, cut, to(task.artifacts[0].url)) as server:
        (path,) = client.download(through(server, task), tmp_path)
        assert len(server.requests) == 5
        assert all(b"mock-key" not in request for request in server.requests)
    assert path.read_bytes() == content
    assert client.download(task, tmp_path) == [path]


@pytest.mark.parametrize(
    "bad",
    [
        answer(b"<html>log in</html>", headers="Content-Type: image/png\r\n"),
        answer({"error": "no"}),
        to("http://169.254.169.254/latest/meta-data"),
        to("http://elsewhere.example/1.png"),
        answer(b"", status="403 Gone"),
    ],
    ids=["a page", "JSON", "metadata", "no TLS", "forbidden"],
)
def test_what_is_no_result_leaves_no_file(done, tmp_path: Path, bad) -> None:
    client, task = done("gptimage2api")
    with broken_server(bad) as server:
        # The vendor knows of no such task, so it has no other URL either.
        moved = replace(through(server, task), id="unknown")
        with pytest.raises(DownloadError):
            client.download(moved, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_url_that_is_no_more_is_replaced_by_the_vendors_own(
    done, tmp_path: Path
) -> None:
    client, task = done("gptimage2api")
    with broken_server(answer(b"", status="403 Forbidden")) as server:
        (path,) = client.download(through(server, task), tmp_path)
    assert path.read_bytes() == httpx.get(task.artifacts[0].url).content


@pytest.mark.parametrize("provider", LIFETIMES)
def test_a_result_expires_by_the_documented_lifetime(
    done, mock, tmp_path: Path, provider
) -> None:
    client, task = done(provider)
    mock.clock.advance(LIFETIMES[provider] - 120)
    assert client.download(task, tmp_path / "in time")
    mock.clock.advance(240)
    asked = len(mock.requests)
    with pytest.raises(ArtifactExpired, match="no other URL"):
        client.download(task, tmp_path / "late")
    assert len(mock.requests) == asked + 1
    assert list((tmp_path / "late").iterdir()) == []
