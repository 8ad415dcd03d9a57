"""The mock as a server: how it starts and stops, its admin part, and who may use that."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import imagetasks
import imagetasks_mock
import pytest
from imagetasks_clients import PROVIDERS
from imagetasks_mock import Mock, MockError, serve
from imagetasks_mock.http.answers import Answer
from imagetasks_mock.http.requests import Request
from imagetasks_mock.server.sites import cross_site_reason

SUBMIT = "/akool/api/open/v4/content/image/createBySourcePrompt"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


def submit(mock: Mock) -> str:
    answer = httpx.post(
        mock.url + SUBMIT, json={"prompt": "x"}, headers={"x-api-key": "k"}
    )
    task_id: str = answer.json()["data"]["_id"]
    return task_id


# Start and stop.


def start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", f"import imagetasks_mock; {code}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_main_says_when_it_is_ready_and_stops_cleanly(number):
    process = start("imagetasks_mock.main(duration=0)")
    assert process.stdout
    line = process.stdout.readline()
    assert line.startswith("imagetasks mock ready on http://127.0.0.1:")
    url = line.split()[-1]
    with httpx.Client() as client:  # a connection that stays open must not hold it up
        assert client.get(f"{url}/_mock/tasks").json() == []
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.long
def test_the_start_takes_little_more_than_its_server_alone():
    code = (
        "import imagetasks_mock, http.client\n"
        "with imagetasks_mock.serve() as mock:\n"
        "    client = http.client.HTTPConnection(mock.url[7:])\n"
        "    client.request('GET', '/_mock/clock'); client.getresponse().read()\n"
    )
    bare = "import uvicorn, uvloop, httptools, jsonschema_rs, http.client"
    # A ratio of processor time, taken in turns: a busy machine slows both.
    seconds = [(processor_seconds(code), processor_seconds(bare)) for _ in range(3)]
    assert min(ours for ours, _ in seconds) < 2.5 * min(alone for _, alone in seconds)


def processor_seconds(code: str) -> float:
    """What a Python takes for this, its own start included."""
    command = [sys.executable, "-c", f"{code}\nimport time; print(time.process_time())"]
    return float(subprocess.check_output(command))


def test_a_taken_port_is_one_clear_line(mock):
    port = urlsplit(mock.url).port
    with pytest.raises(
        MockError, match=f"^cannot listen on 127.0.0.1, port {port}: .*$"
    ):
        imagetasks_mock.main(port=port)
    process = start(f"imagetasks_mock.main(port={port})")
    _, err = process.communicate(timeout=10)
    assert process.returncode != 0
    assert "Address already in use" in err.splitlines()[-1]


@pytest.mark.parametrize(
    "options",
    [
        {"fail": "("},
        {"speed": -1},
        {"duration": float("nan")},
        {"port": 70_000},
        {"host": "no.such.host.invalid"},
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_refused(options):
    with pytest.raises(MockError), serve(**options):
        pass


def test_the_server_is_gone_at_the_end_of_the_block():
    with serve() as mock:
        address = urlsplit(mock.url)
        open_connection = httpx.Client()
        open_connection.get(f"{mock.url}/_mock/clock")
        started = time.perf_counter()
    assert time.perf_counter() - started < 15
    open_connection.close()
    mock.close()  # once more does no harm
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port))


def test_stopping_in_the_middle_of_an_answer_is_quiet(caplog):
    with serve(speed=0) as mock:
        body = {"prompt": "x", "resolution": "4k"}
        httpx.post(mock.url + SUBMIT, json=body, headers={"x-api-key": "k"})
        mock.clock.advance(4)
        (task,) = mock.tasks
        address = urlsplit(mock.url)
        peer = socket.create_connection((address.hostname, address.port))
        path = f"/_results/akool/{task.id}/0.png"
        peer.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
        time.sleep(0.05)
    peer.close()
    assert caplog.text == ""


def test_two_mocks_know_nothing_of_each_other():
    with serve(speed=0) as one, serve(speed=0) as two:
        submit(one)
        assert (len(one.tasks), len(two.tasks)) == (1, 0)


def test_access_is_what_the_client_takes(mock):
    access = mock.access("xingchaoyiqing")
    assert access.base_url == f"{mock.url}/xingchaoyiqing/kyyReactApiServer"
    assert access.api_key == "mock-key"


def test_the_plugin_costs_nothing_until_it_is_used():
    code = "import sys, imagetasks_mock.pytest_plugin as _; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not {"uvicorn", "jsonschema_rs", "PIL", "httpx"} & set(out.stdout.split())


def test_the_fixture_starts_without_tasks(imagetasks_mock):
    assert len(imagetasks_mock.tasks) == 0
    submit(imagetasks_mock)
    imagetasks_mock.clock.advance(4)
    assert [task.state for task in imagetasks_mock.tasks] == ["succeeded"]


def test_the_fixture_starts_without_the_tasks_of_the_test_before(imagetasks_mock):
    assert len(imagetasks_mock.tasks) == 0


def test_an_answer_that_breaks_the_spec_is_a_loud_500(caplog):
    with serve(speed=0, check=True) as mock:
        task_id = submit(mock)
        mock.tasks[task_id].answers[1] = Answer.json(200, {"code": 4711})
        url = f"{mock.url}/akool/api/open/v3/content/image/infobymodelid"
        headers = {"x-api-key": "k"}
        answer = httpx.get(url, params={"image_model_id": task_id}, headers=headers)
        assert answer.status_code == 500
        assert answer.text.startswith("akool getImage, status 200: code is not one of")
        assert mock.violations == [answer.text]
        assert "breaks the spec" in caplog.text


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("imagetasks_mock:8765", "http://imagetasks_mock:8765"),
        ("[::1]:8765", "http://[::1]:8765"),
        ("a/b", None),
    ],
)
def test_results_are_where_the_client_called_the_server(mock, host, origin):
    headers = {"x-api-key": "k", "Host": host}
    answer = httpx.post(mock.url + SUBMIT, json={"prompt": "x"}, headers=headers)
    task = mock.tasks[answer.json()["data"]["_id"]]
    assert task.origin == (origin or mock.url)


# The admin part.


def test_tasks_are_listed(mock):
    task_id = submit(mock)
    (task,) = httpx.get(f"{mock.url}/_mock/tasks").json()
    assert task.pop("created").endswith("Z")
    assert task == {
        "provider": "akool",
        "id": task_id,
        "state": "queued",
        "wire_state": 1,
        "prompt": "x",
        "model": "wavespeed-ai/flux-krea-dev-lora",
        "kind": "image",
        "key": "***8254c3",
        "result": None,
    }


def test_the_description_is_parsed_once(mock, monkeypatch):
    url = f"{mock.url}/_mock/openapi.json"
    first = httpx.get(url).json()
    monkeypatch.setattr("yaml.load", None)
    assert httpx.get(url).json() == first


def test_the_clock_is_read_and_advanced(mock):
    before = httpx.get(f"{mock.url}/_mock/clock").json()["now"]
    answer = httpx.post(f"{mock.url}/_mock/clock", json={"advance": 30.5})
    assert answer.json()["now"] == mock.clock.now().isoformat(
        timespec="milliseconds"
    ).replace("+00:00", "Z")
    assert answer.json()["now"] > before


def test_a_task_is_ended(mock):
    for outcome in ("failed", "succeeded"):
        url = f"{mock.url}/_mock/tasks/{submit(mock)}"
        assert httpx.post(url, json={"outcome": outcome}).json()["state"] == outcome
        assert httpx.get(url).json()["state"] == outcome
        again = httpx.post(url, json={"outcome": outcome})
        assert (again.status_code, outcome in again.text) == (409, True)


def test_reset_forgets_the_tasks(mock):
    submit(mock)
    assert httpx.post(f"{mock.url}/_mock/reset").status_code == 200
    assert httpx.get(f"{mock.url}/_mock/tasks").json() == []


@pytest.mark.parametrize("what", ["tasks", "requests"])
def test_the_newest_of_one_vendor_are_listed(mock, what):
    for _ in range(3):
        submit(mock)
    httpx.get(f"{mock.base_url('gptimage2api')}/api/ai/tasks/1")
    url = f"{mock.url}/_mock/{what}"
    everything = httpx.get(url).json()
    akool = [one for one in everything if one["provider"] == "akool"]
    assert len(akool) == 3
    assert httpx.get(url, params={"provider": "akool"}).json() == akool
    newest = httpx.get(url, params={"provider": "akool", "limit": 2}).json()
    assert newest == akool[1:]
    assert httpx.get(url, params={"limit": 99}).json() == everything


def test_head_is_get_without_a_body(mock):
    for path in ("tasks", "requests", "clock", "faults", "openapi.yaml"):
        got, head = (
            call(f"{mock.url}/_mock/{path}") for call in (httpx.get, httpx.head)
        )
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(got.content))


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("clock", b"", 400, "not JSON"),
        ("clock", b"[]", 400, "not a JSON object"),
        ("clock", b"{}", 400, "the body must have advance, speed or both"),
        ("clock", b'{"speed": -1}', 400, "speed is a number from 0 up"),
        ("clock", b'{"speed": 1e999}', 400, "not JSON"),
        ("clock", b"\xff", 400, "not UTF-8"),
        ("clock", b"[" * 100_000, 400, "nested too deeply"),
        ("clock", b'{"advance": -1}', 400, "from 0 up"),
        ("clock", b'{"advance": NaN}', 400, "not JSON"),
        ("clock", b'{"advance": true}', 400, "advance is a number"),
        ("clock", b'{"advance": 1e300}', 409, "ends with the year"),
        ("clock", b'{"advance": ' + b"9" * 4000 + b"}", 409, "too large"),
        ("clock", b'{"advance": 1, "back": 1}', 400, "unknown: back"),
        ("clock?by=hand", b'{"advance": 1}', 400, "no parameter by"),
        ("tasks/{id}", b'{"outcome": "lost"}', 400, "'failed', 'succeeded' or 'ca"),
        ("tasks/{id}", b'{"outcome": ["failed"]}', 400, "'failed', 'succeeded' or"),
        ("tasks/{id}", b'{"outcome": "cancelled"}', 409, "documents no cancelled"),
        ("tasks/{id}", b'{"outcome": "failed", "code": 1}', 400, "code is a text"),
    ],
)
def test_bad_admin_input_is_explained(mock, path, body, status, words):
    url = f"{mock.url}/_mock/{path.format(id=submit(mock))}"
    answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert words in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("page=2", "no parameter page; known: provider, state, key, limit"),
        ("state=done", "no state 'done'; known: pending, queued"),
        ("provider=midjourney", "no provider 'midjourney'"),
        ("limit=0", "limit is a number from 1 up"),
        ("limit=-1", "limit is a number from 1 up"),
        ("limit=", "limit is a number from 1 up"),
        ("limit=%D9%A3", "limit is a number from 1 up"),
        ("limit=" + "9" * 5000, "limit is a number from 1 up"),
        ("limit=1&limit=2", "there twice"),
        ("%ff=%ff", "no parameter"),
    ],
)
def test_a_bad_admin_query_is_explained(mock, query, words):
    answer = httpx.get(f"{mock.url}/_mock/tasks?{query}")
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_other_admin_paths_and_methods_are_refused(mock):
    for path in ("nothing", "", "tasks/1/2", "clock/1", "%74asks"):
        assert httpx.get(f"{mock.url}/_mock/{path}").status_code == 404
    assert httpx.get(f"{mock.url}/_mock").status_code == 404
    for method in ("GET", "POST"):
        url = f"{mock.url}/_mock/tasks/nothing"
        assert httpx.request(method, url, json={}).status_code == 404
    for path, allow in [
        ("clock", "HEAD, GET, POST"),
        ("reset", "POST"),
        ("tasks", "HEAD, GET"),
        ("faults/1", "HEAD, GET, DELETE"),
    ]:
        answer = httpx.put(f"{mock.url}/_mock/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    "options", [{}, {"tick": 1}, {"duration": 1e12}, {"speed": 1e18}], ids=str
)
def test_the_end_of_time_breaks_nothing(options):
    with serve(**{"speed": 0, **options}, check=True) as mock:
        end = datetime(9999, 1, 1, tzinfo=UTC)
        with suppress(ValueError):  # at speed the end comes by itself
            mock.clock.advance(end - mock.clock.now() - timedelta(seconds=5))
        further = httpx.post(f"{mock.url}/_mock/clock", json={"advance": 10})
        assert further.status_code == 409
        access = {name: mock.access(name) for name in PROVIDERS}
        with imagetasks.Client(access) as client:
            for provider in PROVIDERS:
                task = client.submit(provider, imagetasks.ImageRequest("a lighthouse"))
                assert client.fetch(task).id == task.id
        for path in ("tasks", "requests", "webhooks", "faults", "clock"):
            assert httpx.get(f"{mock.url}/_mock/{path}").status_code == 200
        assert end - mock.clock.now() <= timedelta(seconds=5)
        assert mock.violations == []


# Pages of other sites, in a browser beside the mock.


OWN = [
    *("127.0.0.1:8", "[::1]:8", "localhost:8", "app.localhost"),
    *("imagetasks_mock:8", "host.docker.internal:8"),
]
FOREIGN = ["attacker.example:8", "attacker.example.", "localhost.attacker.example"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        *({"Host": host} for host in FOREIGN),
        # A name that was made to lead here: to the browser it is one site.
        *({"Host": h, "Origin": f"http://{h}"} for h in FOREIGN),
    ],
    ids=str,
)
def test_pages_of_other_sites_do_not_steer_the_mock(mock, headers):
    submit(mock)
    answer = httpx.post(f"{mock.url}/_mock/reset", headers=headers)
    assert (answer.status_code, len(mock.tasks)) == (403, 1)
    assert httpx.get(f"{mock.url}/_mock/tasks", headers=headers).status_code == 403


@pytest.mark.parametrize("host", OWN)
def test_the_mocks_own_page_does(mock, host):
    own = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert httpx.post(f"{mock.url}/_mock/reset", headers=own).status_code == 200


def test_a_page_of_another_port_does_not(mock):
    headers = {"Host": "localhost:8765", "Origin": "http://localhost:3000"}
    answer = httpx.post(f"{mock.url}/_mock/reset", headers=headers)
    assert answer.status_code == 403


def test_the_host_that_it_was_started_with_is_its_own():
    request = Request("GET", "/_mock/tasks", b"", {"host": "Mock.test:8"}, "http://-")
    assert cross_site_reason(request, "mock.test") is None
    assert "none of this server's names" in (
        cross_site_reason(request, "127.0.0.1") or ""
    )


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", None])
def test_curl_needs_no_header_to_send_a_body(mock, content_type):
    """A page's form would need none either; its Origin is what gives it away."""
    before = mock.clock.now()
    sent = {"Content-Type": content_type} if content_type else {}
    url, body = f"{mock.url}/_mock/clock", b'{"advance": 30}'
    page = {"Origin": "http://evil.example"}
    assert httpx.post(url, content=body, headers=sent | page).status_code == 403
    assert mock.clock.now() == before
    assert httpx.post(url, content=body, headers=sent).status_code == 200
    assert mock.clock.now() - before == timedelta(seconds=30)
