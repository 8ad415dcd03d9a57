"""Clients in other processes, threads and loops than those they were made in: each gets its own answers, over its own connections."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.broken_server import BrokenServer, broken_server

BODY = {"type": "image", "status": 0, "model": "m", "prompt": "p"}
BODY |= {"createdAt": "2026-11-01T00:00:00.000Z"}


class Vendor:
    """Tells of the task that is asked for, and which process asked over which connection: the id begins with its name."""

    def __init__(self) -> None:
        self.asked: dict[socket.socket, set[str]] = defaultdict(set)

    def __call__(self, connection: socket.socket, server: BrokenServer) -> None:
        received = server.requests.pop()
        while True:
            found = re.match(rb"GET \S*/(\w+)-(\d+)", received)
            assert found
            who, n = found[1].decode(), found[2].decode()
            self.asked[connection].add(who)
            body = json.dumps(BODY | {"taskId": f"{who}-{n}"}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)
            received = b""
            while not received.endswith(b"\r\n\r\n"):
                if not (chunk := connection.recv(65536)):
                    return
                received += chunk


@pytest.fixture
def vendor() -> Iterator[tuple[BrokenServer, Vendor]]:
    behaviour = Vendor()
    with broken_server(behaviour) as server:
        yield server, behaviour


PROGRAM = """
import asyncio, multiprocessing, os, sys, threading
from imagetasks import Access, AsyncClient, Client, PollPolicy

url, how, kind, when, leaves = sys.argv[1:]
if kind == "AsyncClient":
    sys.modules["pyreqwest"] = None

def make():
    kinds = {"Client": Client, "AsyncClient": AsyncClient, "fast": AsyncClient}
    return kinds[kind]({"gptimage2api": Access("key", url)}, policy=PollPolicy(attempt=5))

async def fetch_async(client, who):
    for n in range(3):
        seen = await asyncio.gather(*(client.fetch("gptimage2api", f"{who}-{8 * n + m}") for m in range(8)))
        assert [task.id for task in seen] == [f"{who}-{8 * n + m}" for m in range(8)], seen

def fetch_sync(client, who):
    def some(m):
        for n in range(4):
            assert client.fetch("gptimage2api", f"{who}-{8 * n + m}").id == f"{who}-{8 * n + m}"
    threads = [threading.Thread(target=some, args=(m,)) for m in range(4)]
    for each in threads: each.start()
    for each in threads: each.join()

def use(client, who):
    if kind == "Client":
        fetch_sync(client, who)
    else:
        asyncio.run(fetch_async(client, who))

def child(client, who):
    try:
        use(client, who)
    except BaseException as error:
        print(who, type(error).__name__, error, file=sys.stderr, flush=True)
        os._exit(1)
    if leaves == "_exit":
        os._exit(0)
    sys.exit(0)

def in_spawned(who):
    use(make(), who)

def fork(client):
    pids = []
    for who in ("one", "two"):
        pid = os.fork()
        if pid == 0:
            child(client, who)
        pids.append(pid)
    return pids

def reap(pids):
    for pid in pids:
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

async def in_loop(client):
    if when == "after":
        await fetch_async(client, "parent")
    pids = fork(client)
    await fetch_async(client, "parent")
    await asyncio.to_thread(reap, pids)
    await fetch_async(client, "parent")
    await client.aclose()

def main():
    client = make()
    if how == "running loop":
        if kind != "Client":
            asyncio.run(in_loop(client))
            return
        async def scenario():
            if when == "after":
                use(client, "parent")
            pids = fork(client)
            use(client, "parent")
            reap(pids)
            use(client, "parent")
        asyncio.run(scenario())
        return
    if how == "threads":
        if when == "after" and kind == "Client":
            use(client, "parent")
        used = [client] * 3 if kind == "Client" else [make() for _ in range(3)]
        threads = [threading.Thread(target=use, args=(each, "parent")) for each in used]
        for each in threads: each.start()
        for each in threads: each.join()
        return
    loop = asyncio.Runner() if kind != "Client" else None
    def use_here():
        if loop is None:
            use(client, "parent")
        else:
            loop.run(fetch_async(client, "parent"))
    if when == "after":
        use_here()
    if how == "fork":
        pids = fork(client)
        use_here()
        reap(pids)
    else:
        process = multiprocessing.get_context("spawn").Process(target=in_spawned, args=("one",))
        process.start()
        use_here()
        process.join()
        assert process.exitcode == 0
    use_here()
    if loop is not None:
        loop.run(client.aclose())
        loop.close()
    else:
        client.close()

if __name__ == "__main__":
    main()
    print("done")
"""


@pytest.mark.parametrize(
    "leaves", ["_exit", pytest.param("exit", marks=pytest.mark.long)]
)
@pytest.mark.parametrize(
    "when", [pytest.param("before", marks=pytest.mark.long), "after"]
)
@pytest.mark.parametrize("kind", ["Client", "AsyncClient", "fast"])
@pytest.mark.parametrize(
    "how",
    [
        "fork",
        pytest.param("spawn", marks=pytest.mark.long),
        pytest.param("threads", marks=pytest.mark.long),
        pytest.param("running loop", marks=pytest.mark.long),
    ],
)
def test_each_process_gets_its_own_answers_over_its_own_connections(
    vendor: Any, how: str, kind: str, when: str, leaves: str, tmp_path: Path
) -> None:
    if kind == "fast":
        pytest.importorskip("pyreqwest")
    if how in ("spawn", "threads") and leaves == "exit":
        pytest.skip("no child that leaves")
    if (how, leaves) == ("running loop", "exit") and kind != "Client":
        pytest.skip("asyncio itself never ends such a child, without this library too")
    server, behaviour = vendor
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, program, server.url, how, kind, when, leaves],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
    assert all(len(names) == 1 for names in behaviour.asked.values())


WAITING = """
import os, sys
from imagetasks import Access, Client, JournalError, ImageRequest, Task, State, PollPolicy
client = Client({"gptimage2api": Access("key", sys.argv[1])}, journal=sys.argv[2], policy=PollPolicy(min_gap=0.01, max_gap=0.01))
task = Task(provider="gptimage2api", id="parent-1", state=State.QUEUED, wire_state="0")
client.fetch(task)
events = client.events([task], timeout=0.5)
next(events)
if (pid := os.fork()) == 0:
    try:
        next(events)
    except RuntimeError as error:
        assert "forked" in str(error), error
    else:
        os._exit(2)
    try:
        client.submit("gptimage2api", ImageRequest("p"))
    except JournalError as error:
        assert "forked" in str(error), error
    else:
        os._exit(3)
    client.fetch("gptimage2api", "child-1")
    client.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
assert list(events)
client.close()
"""


def test_waits_and_the_journal_stay_with_the_parent(
    vendor: Any, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WAITING, vendor[0].url, str(tmp_path / "tasks.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
