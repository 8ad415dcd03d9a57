"""The HTTP server under the mock: uvicorn, in a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from ._errors import MockError


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

    def __init__(self, app: Any, listening: socket.socket) -> None:
        self._server = Server(_config(app))
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


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools" if _has("httptools") else "h11",
        ws="none",
        lifespan="off",
        log_config=None,  # the logging of a test run is not ours to set up
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,  # the clock is virtual
        interface="asgi3",
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


def _has(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True
