"""The HTTP server under the mock: uvicorn, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from .._errors import MockError

PATIENCE = 30.0
"""Real seconds for which a connection waits until a request is whole, or for the next one."""
_FILES = 10_240  # the most that macOS allows


class Server(uvicorn.Server):
    """Stops when told to, at once: connections that a client keeps open are cut."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stop = asyncio.Event()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.ready.set()
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)


class Running:
    """A server that answers, until `stop`."""

    def __init__(
        self, app: Any, listening: socket.socket, patience: float = PATIENCE
    ) -> None:
        self._server = Server(_config(app, patience))
        self._socket = listening
        self._thread = threading.Thread(
            target=self._run, name="imagetasks_mock", daemon=True
        )
        self._failure: BaseException | None = None
        self._thread.start()
        self._server.ready.wait()
        if self._failure:
            listening.close()
            raise MockError(f"the server cannot start: {self._failure!r}")

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(self._server.serve(sockets=[self._socket]))
        except BaseException as failure:
            self._failure = failure
        finally:
            self._server.ready.set()

    def stop(self) -> None:
        self._server.stop()
        self._thread.join()
        self._socket.close()


def raise_file_limit() -> None:
    """Each connection is an open file, and some shells allow a program 256 of them."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft not in (unlimited, hard) and soft < _FILES:
        more = _FILES if hard == unlimited else min(_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))


def _config(app: Any, patience: float) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_http(),
        ws="none",
        lifespan="off",
        log_config=None,  # the logging of a test run is not ours to set up
        log_level="error",  # what it warns of are clients that send nonsense
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # the clock is virtual
        interface="asgi3",
        # A float does: it goes to `call_later`.
        timeout_keep_alive=patience,  # type: ignore[arg-type]
    )


def _http() -> Any:
    try:
        from .protocol import Protocol
    except ImportError:  # without httptools, as on PyPy; h11 bounds a head by itself
        return "h11"
    return Protocol


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
