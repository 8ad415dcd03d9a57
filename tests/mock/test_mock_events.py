"""The stream of what happens: complete, resumable, and free of charge where nobody reads it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from imagetasks_mock import Mock, serve
from imagetasks_mock.server import events
from imagetasks_mock.state import log

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, duration=30) as mock:
        yield mock


def submit(mock: Mock, prompt: str = "x") -> str:
    body, key = {"prompt": prompt}, {"x-api-key": "k"}
    answer = httpx.post(mock.url + SUBMIT, json=body, headers=key)
    return str(answer.json()["data"]["_id"])


class Stream:
    """What one reader was told, an event at a time."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.last_id = ""
        self._lines = response.iter_lines()

    def next(self, *names: str) -> tuple[str, Any]:
        """The next event, of these names if there are any."""
        event: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
                continue
            self.last_id = event.get("id", self.last_id)
            if "data" in event and (not names or event["event"] in names):
                return event["event"], json.loads(event["data"])
            event = {}
        raise EOFError

    def all(self, *names: str) -> list[Any]:
        found = []
        while True:
            try:
                found.append(self.next(*names)[1])
            except EOFError:
                return found


@contextmanager
def reading(mock: Mock, query: str = "from=start", **headers: str) -> Iterator[Stream]:
    url = f"{mock.url}/_mock/events?{query}"
    with httpx.stream("GET", url, headers=headers, timeout=20) as response:
        assert response.headers["content-type"] == "text/event-stream"
        yield Stream(response)


def test_a_reader_is_told_of_requests_tasks_clock_faults_and_reset(mock):
    with reading(mock) as stream:
        assert stream.next()[0] == "clock"
        assert stream.next() == ("faults", [])
        task_id = submit(mock)
        _, task = stream.next("task")
        assert (task["id"], task["state"]) == (task_id, "queued")
        _, request = stream.next("request")
        assert (request["task"], request["verdict"]) == (task_id, "valid")
        mock.clock.advance(100)
        assert stream.next("task")[1]["state"] == "succeeded"
        mock.faults.add("status")
        httpx.post(f"{mock.url}/_mock/faults", json={"kind": "hang", "task": "none"})
        assert [f["kind"] for f in stream.next("faults")[1]] == ["status", "hang"]
        mock.reset()
        assert stream.next("reset") == ("reset", {})
        assert stream.next("faults") == ("faults", [])


def test_without_a_word_on_where_only_news_is_told(mock):
    submit(mock)
    with reading(mock, "") as stream:
        stream.next("faults")
        second = submit(mock)
        assert stream.next("task")[1]["id"] == second
        assert stream.next("request")[1]["id"] == 2


def test_tasks_that_get_on_by_themselves_are_told_of():
    with serve(speed=100, duration=3) as mock, reading(mock) as stream:
        submit(mock)
        states = [stream.next("task")[1]["state"]]
        while states[-1] != "succeeded":
            states.append(stream.next("task")[1]["state"])


def test_a_task_that_is_ended_by_hand_is_told_of(mock):
    task_id = submit(mock)
    with reading(mock) as stream:
        assert stream.next("task")[1]["state"] == "queued"
        mock.tasks[task_id].fail("no", "7")
        assert stream.next("task")[1]["state"] == "failed"


def test_who_comes_back_is_told_what_came_meanwhile(mock):
    submit(mock)
    with reading(mock) as stream:
        stream.next("request")
        last = stream.last_id
    submit(mock)
    submit(mock)
    with reading(mock, "", **{"Last-Event-ID": last}) as stream:
        assert [stream.next("request")[1]["id"] for _ in range(2)] == [2, 3]
    with reading(mock, f"from={last}") as stream:
        assert stream.next("request")[1]["id"] == 2


def test_who_comes_back_after_a_reset_begins_anew(mock):
    submit(mock)
    with reading(mock) as stream:
        stream.next("request")
        last = stream.last_id
    mock.reset()
    submit(mock)
    with reading(mock, "", **{"Last-Event-ID": last}) as stream:
        assert stream.next()[0] == "reset"
        assert stream.next("request")[1]["id"] == 2


@pytest.mark.long
def test_thousands_of_requests_are_told_in_order_and_whole(mock):
    access = mock.access("gptimage2api")
    headers = {"Authorization": f"Bearer {access.api_key}"}
    with httpx.Client(headers=headers) as client:
        for n in range(700):
            client.get(f"{access.base_url}/api/ai/tasks/{n}")
    with reading(mock, "from=start&timeout=3") as stream:
        assert [r["id"] for r in stream.all("request")] == list(range(1, 701))


def test_a_stream_ends_when_it_was_told_to(mock):
    with reading(mock, "from=start&timeout=0.1") as stream:
        stream.all()
    wait_until(lambda: len(mock._world.changes) == 0)


def wait_until(condition: Any) -> None:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    assert condition()


# Nothing is done for nobody.


def test_nothing_is_made_where_nobody_reads(mock, monkeypatch):
    made: list[object] = []
    monkeypatch.setattr(events, "summarise", lambda *_: made.append(1))
    submit(mock)
    assert (len(mock._world.changes), made) == (0, [])


def test_a_reader_that_leaves_is_forgotten(mock):
    with reading(mock) as stream:
        stream.next()
        assert len(mock._world.changes) == 1
    wait_until(lambda: len(mock._world.changes) == 0)
    submit(mock)


@pytest.mark.long
def test_a_reader_that_never_reads_is_dropped_and_holds_up_nobody(mock, monkeypatch):
    monkeypatch.setattr(events, "PATIENCE", 0.2)
    monkeypatch.setattr(events, "_LONGEST", 100_000)
    host, port = mock.url.removeprefix("http://").split(":")
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.connect((host, int(port)))
        silent.sendall(b"GET /_mock/events?from=start HTTP/1.1\r\nHost: mock\r\n\r\n")
        wait_until(lambda: len(mock._world.changes) == 1)
        prompt, headers = "p" * 100_000, {"x-api-key": "k"}
        with httpx.Client(headers=headers, timeout=20) as client:
            end = time.monotonic() + 60
            while len(mock._world.changes) and time.monotonic() < end:
                answer = client.post(mock.url + SUBMIT, json={"prompt": prompt})
                assert answer.status_code == 200
        assert len(mock._world.changes) == 0


def test_there_are_bounds_to_the_number_of_readers(mock, monkeypatch):
    monkeypatch.setattr(events, "MOST_READERS", 1)
    with reading(mock) as stream:
        stream.next()
        refused = httpx.get(f"{mock.url}/_mock/events")
        assert refused.status_code == 503
        assert "readers already" in refused.json()["error"]
        assert httpx.get(f"{mock.url}/_mock/health").is_success


def test_the_mock_stops_while_somebody_reads(mock):
    with reading(mock) as stream:
        stream.next()
        thread = threading.Thread(target=mock.close)
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        with pytest.raises(httpx.HTTPError):
            stream.all()


# What may be wrong.


@pytest.mark.parametrize("position", ["x", "1", "-", "1-", "9" * 19 + "-1"])
def test_an_odd_position_is_explained(mock, position):
    for url, headers in [
        (f"?from={position}", {}),
        ("", {"Last-Event-ID": position}),
    ]:
        answer = httpx.get(f"{mock.url}/_mock/events{url}", headers=headers)
        assert answer.status_code == 400
        assert "from is 'start' or the id" in answer.json()["error"]


def test_a_prompt_cannot_make_events_of_its_own(mock):
    prompt = "x\n\nevent: reset\ndata: {}\r\n\r\n\u2028event: reset"
    submit(mock, prompt)
    with reading(mock, "from=start&timeout=0.3") as stream:
        assert [task["prompt"] for task in stream.all("task")] == [prompt]
    with reading(mock, "from=start&timeout=0.3") as stream:
        assert stream.all("reset") == []


def test_a_prompt_of_a_megabyte_is_cut(mock):
    task_id = submit(mock, "p" * 1_000_000)
    with reading(mock) as stream:
        assert stream.next("task")[1]["prompt"] == "p" * 2_000
    task = httpx.get(f"{mock.url}/_mock/tasks/{task_id}").json()
    assert len(task["prompt"]) == 1_000_000


def test_the_log_forgets_and_the_stream_goes_on(mock, monkeypatch):
    kept = mock.requests._received
    monkeypatch.setattr(mock.requests, "_received", type(kept)(maxlen=2))
    for _ in range(4):
        submit(mock)
    with reading(mock, "from=start&timeout=0.3") as stream:
        assert [r["id"] for r in stream.all("request")] == [3, 4]
    assert kept.maxlen == log.KEPT
