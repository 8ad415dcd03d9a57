"""What users of the mock hold in their hands: `serve`, `main` and `Mock`."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from ._errors import MockError
from ._extras import require_extra

if TYPE_CHECKING:
    from imagetasks import Access

    from .outside.webhooks import Webhooks
    from .scenario import Scenario, Source
    from .state.accounts import Accounts
    from .state.clock import Clock
    from .state.faults import Faults
    from .state.log import Log
    from .state.outcomes import Outcomes
    from .state.tasks import Tasks


class Options(TypedDict, total=False):
    """How the mock is to run. All can be left out: then every task succeeds, and any key is good."""

    host: str
    """Where to listen: 127.0.0.1, unless told otherwise."""
    port: int
    """0 is any free one."""
    scenario: Source | None
    """A YAML file, or what it would hold; see scenarios/scenario.schema.json. What is given beside it wins."""
    seed: int | None
    """The same seed gives the same run."""
    speed: float | None
    """Virtual seconds per real one; at 0 the clock stands still but for `clock.advance`."""
    tick: float | None
    """Virtual seconds that pass with each request to a vendor, beside that."""
    duration: float | None
    """Approximate virtual seconds that a task takes. 3 is usual."""
    fail: str | None
    """Tasks whose prompt matches this regular expression end failed."""
    keys: Sequence[str] | None
    """The API keys that are good. Without them any is."""
    webhook_hosts: Sequence[str] | None
    """Hosts that webhooks may go to, beside this machine."""
    faults: Sequence[str]
    """What to disturb from the start, as `Faults.parse` takes it."""
    check: bool
    """Hold each answer against the spec; see `Mock.violations`."""


class Mock:
    """A running mock of all vendors, until `close` or the end of its `with` block."""

    def __init__(self, **options: Unpack[Options]) -> None:
        require_extra()
        # Here, so that the pytest plugin costs nothing where it is not used.
        from ._world import World
        from .server.app import App
        from .server.check import Check
        from .server.server import Running
        from .vendors import load_vendors

        host, port = options.pop("host", "127.0.0.1"), options.pop("port", 0)
        check = options.pop("check", False)
        self._world = World(_scenario(**options))
        self._check = Check()
        vendors = load_vendors(self._world)
        self._world.begin()
        self._server_paths = {v.name: v.spec.server_path for v in vendors}
        listening = _listen(host, port)
        self.url = _url(host, listening)
        app = App(self._world, vendors, self._check if check else None, host)
        self._running: Running | None = Running(app, listening)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def clock(self) -> Clock:
        return self._world.clock

    @property
    def tasks(self) -> Tasks:
        return self._world.tasks

    @property
    def accounts(self) -> Accounts:
        """What each API key has: `accounts["mock-key"].give("akool", 3)`, `.spent("akool")`."""
        return self._world.accounts

    @property
    def outcomes(self) -> Outcomes:
        """How tasks end: `outcomes.add("failed", prompt="doomed")`."""
        return self._world.outcomes

    @property
    def requests(self) -> Log:
        """What the vendors were asked since the start or `reset`, oldest first."""
        return self._world.log

    @property
    def webhooks(self) -> Webhooks:
        """What was told to the URLs that came with tasks, and whether they took it."""
        return self._world.webhooks

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

        key = self._world.accounts.first_key
        return Access(api_key=key, base_url=self.base_url(provider))

    def reset(self) -> None:
        """Forget all that happened and start again, with the time of day and the same seed."""
        self._world.reset()
        self._check.violations.clear()

    def close(self) -> None:
        if self._running:
            self._running.stop()
            self._running = None
            self._world.webhooks.stop()


def serve(**options: Unpack[Options]) -> Mock:
    """
    The mock, in a thread of its own, until the `with` block ends.

        with serve(speed=0, duration=30) as mock:
            mock.clock.advance(40)

    Raises MockError for options that make no sense, with line and field for a scenario file; ImportError where the
    extra `[mock]` is not installed.
    """
    return Mock(**options)


def main(**options: Unpack[Options]) -> None:
    """Run in the foreground until SIGINT or SIGTERM; one line on stdout says when it is ready."""
    require_extra()
    from .server.server import raise_file_limit

    raise_file_limit()
    with serve(**options) as mock, _signals() as stop:
        print(f"imagetasks mock ready on {mock.url}", flush=True)
        # Not without end in one go: on Windows, Ctrl+C does not get through to that.
        while not stop.wait(0.5):
            pass


def _scenario(
    scenario: Source | None = None,
    fail: str | None = None,
    keys: Sequence[str] | None = None,
    faults: Sequence[str] = (),
    **given: Any,
) -> Scenario:
    from .http.fault import parse_fault
    from .scenario import load_scenario
    from .state.outcomes import Rule, check_pattern

    read = load_scenario(scenario, keys=None if keys is None else tuple(keys), **given)
    check_pattern("fail", fail)
    rules = [Rule("failed", prompt=fail)] if fail is not None else []
    return replace(
        read,
        outcomes=(*rules, *read.outcomes),
        faults=(*map(parse_fault, faults), *read.faults),
    )


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
