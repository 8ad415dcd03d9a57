"""The mock as a server: how it starts and stops, its admin part, and how it bears rough clients."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import imagetasks_mock
import pytest
from imagetasks_mock import Mock, MockError, serve

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
        out, err = process.communicate(timeout=5)
    assert (process.returncode, out, err) == (0, "", "")


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
    assert time.perf_counter() - started < 0.5
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
        mock.tasks[task_id].answers[1] = b'{"code": 4711}'
        url = f"{mock.url}/akool/api/open/v3/content/image/infobymodelid"
        headers = {"x-api-key": "k"}
        answer = httpx.get(url, params={"image_model_id": task_id}, headers=headers)
        assert answer.status_code == 500
        assert answer.text.startswith("akool getImage, status 200: code is not one of")
        assert mock.violations == [answer.text]
        assert "breaks the spec" in caplog.text


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
    }


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
        again = httpx.post(url, json={"outcome": outcome})
        assert (again.status_code, outcome in again.text) == (400, True)


def test_reset_forgets_the_tasks(mock):
    submit(mock)
    assert httpx.post(f"{mock.url}/_mock/reset").status_code == 200
    assert httpx.get(f"{mock.url}/_mock/tasks").json() == []


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("clock", b"", "not JSON"),
        ("clock", b"[]", "not a JSON object"),
        ("clock", b"{}", "advance is a number"),
        ("clock", b'{"advance": -1}', "from 0 up"),
        ("clock", b'{"advance": true}', "advance is a number"),
        ("clock", b'{"advance": 1e300}', "ends with the year"),
        ("clock", b'{"advance": ' + b"9" * 4000 + b"}", "too large"),
        ("clock", b'{"advance": 1, "back": 1}', "unknown: back"),
        ("tasks/{id}", b'{"outcome": "lost"}', "'failed', 'succeeded' or 'cancelled'"),
        ("tasks/{id}", b'{"outcome": "failed", "message": 1}', "message is a text"),
    ],
)
def test_bad_admin_input_is_explained(mock, path, body, words):
    url = f"{mock.url}/_mock/{path.format(id=submit(mock))}"
    answer = httpx.post(url, content=body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_other_admin_paths_and_methods_are_refused(mock):
    assert httpx.get(f"{mock.url}/_mock/nothing").status_code == 404
    assert httpx.post(f"{mock.url}/_mock/tasks/nothing", json={}).status_code == 404
    for path, allow in [("clock", "GET, POST"), ("reset", "POST"), ("tasks", "GET")]:
        answer = httpx.delete(f"{mock.url}/_mock/{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_do_not_steer_the_mock(mock, headers):
    submit(mock)
    answer = httpx.post(f"{mock.url}/_mock/reset", headers=headers)
    assert (answer.status_code, len(mock.tasks)) == (403, 1)
    own = {"Origin": mock.url, "Sec-Fetch-Site": "same-origin"}
    assert httpx.post(f"{mock.url}/_mock/reset", headers=own).status_code == 200


# Rough clients.


def exchange(mock: Mock, sent: bytes) -> bytes:
    address = urlsplit(mock.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as peer:
        peer.sendall(sent)
        peer.shutdown(socket.SHUT_WR)
        received = b""
        while piece := peer.recv(65_536):
            received += piece
    return received


START = b"POST " + SUBMIT.encode() + b" HTTP/1.1\r\nHost: mock\r\nx-api-key: k\r\n"


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (START + b"Content-Length: 100\r\n\r\n{", b""),
        (START + b"Content-Length: -1\r\n\r\n{}", b"HTTP/1.1 400 "),
        (START + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"HTTP/1.1 400 "),
        (START + b"Content-Length: 99999999999\r\n\r\n{}", b"HTTP/1.1 413 "),
        (START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 400 "),
        (b"GET /akool/%ff%00%zz HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET //..//akool HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET /_results/%2e%2e/x/0.png HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"GET /\xe9 HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
        (b"OPTIONS * HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 "),
        (b"\x16\x03\x01\x00\xa5", b"HTTP/1.1 400 "),
    ],
)
def test_what_is_no_proper_request_is_refused(mock, sent, received):
    assert exchange(mock, sent)[:13] == received
    assert submit(mock)  # and it goes on


def test_doubled_headers_are_taken_once(mock):
    body = b'{"prompt": "x"}'
    sent = START + b"x-api-key: other\r\nHost: second\r\nConnection: close\r\n"
    received = exchange(mock, sent + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert b'"code": 1000' in received


def test_many_clients_at_once_are_served(mock):
    ids: list[str] = []

    def work() -> None:
        connection = http.client.HTTPConnection(urlsplit(mock.url).netloc)
        for _ in range(20):
            connection.request("POST", SUBMIT, b'{"prompt":"x"}', {"x-api-key": "k"})
            ids.append(connection.getresponse().read().decode())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mock.tasks) == len(set(ids)) == 160


def test_the_first_answer_comes_soon():
    code = (
        "import time, socket; t = time.perf_counter(); import imagetasks_mock, http.client\n"
        "with imagetasks_mock.serve() as mock:\n"
        "    client = http.client.HTTPConnection(mock.url[7:])\n"
        "    client.request('GET', '/_mock/clock'); client.getresponse().read()\n"
        "    print(time.perf_counter() - t)"
    )
    command = [sys.executable, "-c", code]
    times = [float(subprocess.check_output(command)) for _ in range(3)]
    assert min(times) < 0.35
