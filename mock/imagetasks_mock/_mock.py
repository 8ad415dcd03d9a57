"""What users of the mock hold in their hands: `serve`, `main` and `Mock`."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ._errors import MockError

if TYPE_CHECKING:
    from imagetasks import Access

    from ._clock import Clock
    from ._faults import Faults
    from ._log import Log
    from ._tasks import Tasks


class Mock:
    """A running mock of all vendors. `serve` makes one."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        speed: float = 1.0,
        duration: float = 3.0,
        fail: str | None = None,
        check: bool = False,
        keys: Sequence[str] | None = None,
    ) -> None:
        # Here, so that the pytest plugin costs nothing where it is not used.
        from ._app import App
        from ._check import Check
        from ._server import Running
        from ._world import World
        from .providers import load_providers

        self._world = World(
            seed=seed, speed=speed, duration=duration, fail=fail, keys=keys
        )
        self._key = keys[0] if keys else "mock-key"
        self._check = Check()
        providers = load_providers(self._world)
        self._server_paths = {p.name: p.spec.server_path for p in providers}
        listening = _listen(host, port)
        self.url = _url(host, listening)
        self._running: Running | None = Running(
            App(self._world, providers, self._check if check else None), listening
        )

    @property
    def clock(self) -> Clock:
        return self._world.clock

    @property
    def tasks(self) -> Tasks:
        return self._world.tasks

    @property
    def requests(self) -> Log:
        """What the vendors were asked since the start or `reset`, oldest first."""
        return self._world.log

    @property
    def faults(self) -> Faults:
        """Disturb what the mock answers: `faults.add("status", status=503, count=2)`."""
        return self._world.faults

    @property
    def violations(self) -> list[str]:
        """With `check`: what the mock answered against the spec. Should be empty."""
        return self._check.violations

    def base_url(self, provider: str) -> str:
        """Stands in for the server URL of the provider's spec."""
        return f"{self.url}/{provider}{self._server_paths[provider]}"

    def access(self, provider: str) -> Access:
        from imagetasks import Access

        return Access(api_key=self._key, base_url=self.base_url(provider))

    def reset(self) -> None:
        """Forget all tasks and start again, with the time of day and the same seed."""
        self._world.reset()
        self._check.violations.clear()

    def close(self) -> None:
        if self._running:
            self._running.stop()
            self._running = None


@contextmanager
def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    speed: float = 1.0,
    duration: float = 3.0,
    fail: str | None = None,
    check: bool = False,
    keys: Sequence[str] | None = None,
) -> Iterator[Mock]:
    """
    The mock, in a thread of its own, until the `with` block ends.

    `port` 0 is any free one. One real second is `speed` seconds of the virtual clock; at speed 0 it
    stands still but for `clock.advance`. A task takes about `duration` virtual seconds, drawn from
    `seed`. Tasks whose prompt matches the regular expression `fail` end failed. `check`: each
    answer is held against the spec; see `Mock.violations`. `keys` are the API keys that are good;
    without them any is.
    """
    mock = Mock(
        host=host,
        port=port,
        seed=seed,
        speed=speed,
        duration=duration,
        fail=fail,
        check=check,
        keys=keys,
    )
    with closing(mock):
        yield mock


def main(
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    speed: float = 1.0,
    duration: float = 3.0,
    fail: str | None = None,
    keys: Sequence[str] | None = None,
) -> None:
    """Run in the foreground until SIGINT or SIGTERM; one line on stdout says when it is ready."""
    mock = Mock(
        host=host,
        port=port,
        seed=seed,
        speed=speed,
        duration=duration,
        fail=fail,
        keys=keys,
    )
    with closing(mock), _signals() as stop:
        print(f"imagetasks mock ready on {mock.url}", flush=True)
        # Not without end in one go: on Windows, Ctrl+C does not get through to that.
        while not stop.wait(0.5):
            pass


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Set at SIGINT or SIGTERM, which then do nothing else."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65_535:
        raise MockError(f"a port is a number from 0 to 65535, not {port}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        raise MockError(f"cannot listen on {host}, port {port}: {reason}") from error


def _url(host: str, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
