"""The command `doctor`: what is set up, what is not, and what to do about it. It spends nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import NamedTuple

import typer

from .._errors import MalformedResponse, NetworkError
from .._version import __version__
from ..providers import PROVIDERS
from ..providers._keys import access_from_env, key_variable
from ._app import app
from ._arguments import AsJson
from ._exits import failures_as_exit_codes
from ._output import echo
from ._views import echo_event

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
REACH = 5.0
"""Seconds for a vendor to answer anything at all."""
SKEW = 60.0
"""Seconds of difference between two clocks that nobody has to hear of."""


class Diagnosis(NamedTuple):
    """`is_good` None: a fact, neither good nor bad. `advice`: what to do."""

    what: str
    found: str
    is_good: bool | None = None
    advice: str = ""


@app.command(rich_help_panel="Vendors, and this machine")
def doctor(
    as_json: AsJson = False,
) -> None:
    """Check keys, network, clock, proxies, history and versions. It spends nothing. Exits with 1 if it finds a problem."""
    with failures_as_exit_codes():
        is_amiss = False
        for finding in findings():
            is_amiss = is_amiss or finding.is_good is False
            if as_json:
                echo_event("finding", **finding._asdict())
                continue
            mark = {True: "ok", False: "!!", None: "  "}[finding.is_good]
            echo(f"{mark} {finding.what:20} {finding.found}")
            if finding.advice:
                echo(f"   {'':20} -> {finding.advice}")
    raise typer.Exit(1 if is_amiss else 0)


def findings() -> Iterator[Diagnosis]:
    yield from _versions()
    yield from _keys()
    yield from _proxies()
    with suppress(ValueError):  # said above
        yield from _network()
    yield from _history()


def _versions() -> Iterator[Diagnosis]:
    import platform
    from importlib.util import find_spec

    yield Diagnosis("imagetasks", f"{__version__}, Python {platform.python_version()}")
    fast = find_spec("pyreqwest") is not None
    yield Diagnosis("transport", "pyreqwest, httpx" if fast else "httpx")


def _keys() -> Iterator[Diagnosis]:
    try:
        access = access_from_env()
    except ValueError as error:
        yield Diagnosis(
            "keys", str(error), False, "set the variable anew, without quotes"
        )
        return
    for name in PROVIDERS:
        if (held := access.get(name)) is None:
            yield Diagnosis(name, "no key", None, f"set {key_variable(name)} to use it")
            continue
        where = f" at {held.base_url}" if held.base_url else ""
        yield Diagnosis(name, f"key {_masked(held.api_key)}{where}", True)
    if not access:
        yield Diagnosis("keys", "none", False, "without any, nothing can be made")


def _masked(key: str) -> str:
    return f"{key[:2]}***{key[-2:]}" if len(key) >= 12 else "***"


def _proxies() -> Iterator[Diagnosis]:
    for name in PROXIES:
        if value := os.environ.get(name) or os.environ.get(name.upper()):
            address = value.rsplit("@", 1)[-1]  # a password stays here
            yield Diagnosis(name, address)


def _network() -> Iterator[Diagnosis]:
    from concurrent.futures import ThreadPoolExecutor

    from ._history import here

    with_key = access_from_env()
    servers = {name: url for name, url in here().items() if name in with_key}
    with ThreadPoolExecutor(max(len(servers), 1)) as pool:
        for found in pool.map(lambda item: list(_reach(*item)), servers.items()):
            yield from found


def _reach(name: str, url: str) -> Iterator[Diagnosis]:
    """One GET of the address itself, without the key, sent as every other exchange is: any answer is one."""
    from .._http.endpoint import Endpoint
    from .._http.loopback import host_of, is_local
    from .._http.sender import Sender
    from .._httpx import URL
    from ..providers._accounts import USER_AGENT

    endpoint = Endpoint(name, url, {"User-Agent": USER_AGENT}, api_key="")
    date = ""
    began = time.monotonic()
    with closing(Sender(endpoint, None)) as sender:
        try:
            answer = sender.send({"method": "GET", "url": ""}, timeout=REACH)
            date = answer.headers.get("date", "")
        except MalformedResponse:
            pass  # but it answers
        except NetworkError as error:
            advice = "look at the network, the proxy, and the address"
            yield Diagnosis(f"reach {name}", f"{error}, at {url}", False, advice)
            return
    took = time.monotonic() - began
    yield Diagnosis(f"reach {name}", f"answers in {took * 1000:.0f} ms", True)
    if is_local(host_of(URL(url))):
        return  # a mock has a clock of its own, and it may run fast
    if found := clock_finding(name, date, datetime.now(UTC)):
        yield found


def clock_finding(name: str, date: str, now: datetime) -> Diagnosis | None:
    """`date`: the header of an answer. None where the clocks agree, or nobody can tell."""
    from email.utils import parsedate_to_datetime

    try:
        theirs = parsedate_to_datetime(date)
        skew = (now - theirs).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    if abs(skew) <= SKEW:
        return None
    words = f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} {name}"
    return Diagnosis("clock", words, False, "set the clock of this machine")


def _history() -> Iterator[Diagnosis]:
    from ._history import History, history_folder

    folder = history_folder()
    history = History()
    runs = len(history.runs)
    yield Diagnosis("history", f"{runs} run{'s' * (runs != 1)} in {folder}")
    open_ = sum(known.entry.is_open for known in history.tasks())
    if open_:
        yield Diagnosis(
            "not saved", f"{open_} task{'s' * (open_ != 1)}", None, "imagetasks resume"
        )
    if unknown := len(history.unknown()):
        advice = "imagetasks unknown says what to do"
        words = f"{unknown} submit{'s' * (unknown != 1)} without an answer"
        yield Diagnosis("unknown", words, False, advice)
