"""However a program ends, `[fast]` does not abort it: exit codes of programs that end in the middle of exchanges."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.broken_server import BrokenServer, broken_server, hang

pytestmark = pytest.mark.long

pytest.importorskip("pyreqwest")

BODY = {"taskId": "t1", "type": "image", "status": 0, "model": "m", "prompt": "p"}
BODY |= {"createdAt": "2026-11-01T00:00:00.000Z"}

PROGRAM = """
import asyncio, sys, threading, time
from imagetasks import Access, AsyncClient

url, ending = sys.argv[1:]


async def poll_for_ever(client):
    while True:
        try:
            await client.fetch("gptimage2api", "t1")
        except Exception:
            await asyncio.sleep(0.001)


async def main(end=lambda: None, seconds=0.0):
    client = AsyncClient({"gptimage2api": Access("key", url)})
    polls = [asyncio.create_task(poll_for_ever(client)) for _ in range(64)]
    await asyncio.sleep(0.2)
    end()
    await asyncio.sleep(seconds)


def stop(error):
    raise error


match ending:
    case "returns":
        asyncio.run(main())
    case "exits":
        asyncio.run(main(lambda: sys.exit(3)))
    case "raises":
        asyncio.run(main(lambda: stop(ValueError("the end"))))
    case "leaves its loop":
        loop = asyncio.new_event_loop()
        kept = loop.create_task(main())
        loop.run_until_complete(asyncio.sleep(0.3))
    case "has a daemon thread":
        run = lambda: asyncio.run(main(seconds=60))
        threading.Thread(target=run, daemon=True).start()
        time.sleep(0.6)
    case "exits beside a daemon thread":
        run = lambda: asyncio.run(main(seconds=60))
        threading.Thread(target=run, daemon=True).start()
        time.sleep(0.6)
        sys.exit(3)
"""
CODES = {"exits": 3, "raises": 1, "exits beside a daemon thread": 3}
ENDINGS = [
    "returns",
    "exits",
    "raises",
    "leaves its loop",
    "has a daemon thread",
    "exits beside a daemon thread",
]


def answer_each(connection: socket.socket, server: BrokenServer) -> None:
    content = json.dumps(BODY).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    while True:
        connection.sendall(head + content)
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            if not (chunk := connection.recv(65536)):
                return
            received += chunk


@pytest.fixture(scope="module")
def busy() -> Iterator[BrokenServer]:
    with broken_server(answer_each) as server:
        yield server


def code_of(url: str, ending: str) -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM, url, ending]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return run.returncode, run.stderr


@pytest.mark.parametrize("times", [1, pytest.param(8, marks=pytest.mark.long)])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_ends_with_its_own_code(
    busy: BrokenServer, ending: str, times: int
) -> None:
    for _ in range(times):
        code, words = code_of(busy.url, ending)
        assert code == CODES.get(ending, 0), words
        assert "Fatal Python error" not in words


def test_a_program_that_leaves_hanging_exchanges_waits_for_none_of_them() -> None:
    with broken_server(hang) as server:
        code, words = code_of(server.url, "returns")
    assert code == 0, words
