from __future__ import annotations

import functools
import math
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import settings
from imagetasks._http import environment
from imagetasks_clients import PROVIDERS
from support.broken_server import TlsServer, answer
from support.drivers import (
    AsyncDriver,
    Driver,
    FakeClock,
    FastDriver,
    Script,
    SyncDriver,
)
from support.result_hosts import Names
from support.tasks import STEADY, body

pytest_plugins = ["pytester"]
# A project of its own: mock/test_pytest_plugin.py runs it.
collect_ignore = ["mock/example_project"]

# No deadline: machines are noisy. CI repeats the same cases, elsewhere each run looks for new ones.
CI = bool(os.environ.get("CI"))
for profile, examples in (("quick", 25), ("full", 100)):
    settings.register_profile(
        profile, deadline=None, derandomize=CI, max_examples=examples
    )
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# A shell that starts a job in the background has it ignore Ctrl-C, and so would all that the tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="in another order")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: many tests wait, for a socket or for another process."""
    return math.ceil(1.5 * (os.cpu_count() or 1))


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Files in another order, and the tests in each: what a file's tests share is still made once."""
    seed = config.getoption("shuffle")
    if seed is None:
        return
    rng = random.Random(seed)
    order: dict[Path, float] = {}
    for item in items:
        order.setdefault(item.path, rng.random())
    rng.shuffle(items)
    items.sort(key=lambda item: order[item.path])


@pytest.fixture(autouse=True, scope="session")
def authorities_read_once() -> Iterator[None]:
    """httpx reads them for each client, which takes 40 ms. Nearly all clients of the tests talk to this machine, without TLS."""
    make = httpx.create_ssl_context
    usual = functools.cache(lambda trust_env: make(True, None, trust_env))

    def create(verify: Any = True, cert: Any = None, trust_env: bool = True) -> Any:
        own = trust_env and {"SSL_CERT_FILE", "SSL_CERT_DIR"} & os.environ.keys()
        if verify is not True or cert or own:
            return make(verify, cert, trust_env)
        return usual(trust_env)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("httpx._transports.default.create_ssl_context", create)
        yield


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key of the developer's own reaches a test."""
    for provider in PROVIDERS:
        monkeypatch.delenv(f"{provider.upper()}_API_KEY", raising=False)
        monkeypatch.delenv(f"{provider.upper()}_BASE_URL", raising=False)
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)


@pytest.fixture(autouse=True, scope="session")
def history_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test writes into the developer's own history, nor do the programs that it starts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=[SyncDriver, AsyncDriver], ids=["sync", "async"])
def driver(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Driver]]:
    """Makes clients of one kind, and closes them."""
    if request.param is FastDriver:
        pytest.importorskip("pyreqwest")
    else:
        monkeypatch.setitem(sys.modules, "imagetasks._http.fast", None)
    made: list[Driver] = []

    def make(access: Any, **options: Any) -> Driver:
        made.append(request.param(access, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def connect(driver: Callable[..., Driver], clock: FakeClock) -> Callable[..., Driver]:
    """A client whose vendor is a handler, in time that only passes by sleeping."""

    def make(handler: Any, **options: Any) -> Driver:
        access = dict.fromkeys(PROVIDERS, "secret-key-0123")
        transport = httpx.MockTransport(handler)
        return driver(access, transport=transport, clock=clock, **options)

    return make


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    return tmp_path / "tasks.db"


@pytest.fixture
def keep(connect: Callable[..., Driver], journal_file: Path) -> Callable[..., Driver]:
    """A client with a journal, whose vendor answers from a list."""

    def make(*answers: Any, **options: Any) -> Driver:
        options = {"journal": journal_file, "policy": STEADY} | options
        vendor = answers[0] if callable(answers[0]) else Script(*answers)
        client = connect(vendor, **options)
        client.vendor = vendor
        return client

    return make


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Names that only a test knows."""
    names = Names()
    monkeypatch.setattr("socket.getaddrinfo", names)
    return names


@pytest.fixture
def tls_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    # Each test trusts whom its environment names.
    monkeypatch.setattr(environment, "_tls", [])
    try:
        server = TlsServer(tmp_path, answer(body("processing")))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("certificates are made with the command of OpenSSL 3")
    yield server
    server.close()
