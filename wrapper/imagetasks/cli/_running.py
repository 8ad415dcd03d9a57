"""Runs as commands start them: with a client, a journal and a view, until they end or somebody breaks them off."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

import imagetasks

from .._lazy import asyncio
from ..providers._keys import access_from_env, allow_hosts_from_env
from ._exits import INTERRUPTED, ExitCodes
from ._output import say
from ._run import Run, Saving
from ._views import View

if TYPE_CHECKING:  # it would load the client for `--help`
    Work = Callable[[Run, imagetasks.AsyncClient], Coroutine[Any, Any, None]]

AT_ONCE = 8
"""Clients that work at the same time."""


@dataclass(frozen=True)
class Settings:
    """What every run takes."""

    timeout: float = 600
    min_gap: float | None = None
    allow_hosts: Sequence[str] = ()
    journal: Path | None = None
    keeps_prompts: bool = True


@dataclass(frozen=True)
class Piece:
    """What one client does. No `saving`: nothing is waited for."""

    work: Work
    saving: Saving | None
    settings: Settings


def carry_out(pieces: Sequence[Piece], view: View, *, go_on: str | None = None) -> int:
    """
    All of them at once. The exit code of the first failure.

    go_on: the command that goes on with what Ctrl-C breaks off, where it is written down.
    """
    codes = ExitCodes()
    runs = [
        Run(view, each.saving, codes, timeout=each.settings.timeout) for each in pieces
    ]

    async def main() -> None:
        at_once = asyncio.Semaphore(AT_ONCE)

        async def carry_out_one(run: Run, piece: Piece) -> None:
            async with at_once:
                try:
                    await _connected(piece.work, run, piece.settings)
                except imagetasks.JournalError as error:  # somebody else took it
                    run.fail(error)

        await asyncio.gather(*map(carry_out_one, runs, pieces))

    _until_ended(main, view, runs, go_on)
    return codes.first


async def _connected(work: Work, run: Run, settings: Settings) -> None:
    async with imagetasks.AsyncClient(
        access_from_env(),
        policy=imagetasks.PollPolicy(min_gap=settings.min_gap),
        on_event=run.watch.event,
        allow_hosts=settings.allow_hosts or allow_hosts_from_env(),
        journal=settings.journal,
        journal_prompts=settings.keeps_prompts,
    ) as client:
        await work(run, client)


def _until_ended(
    main: Callable[[], Coroutine[Any, Any, None]],
    view: View,
    runs: Sequence[Run],
    go_on: str | None,
) -> None:
    try:
        with view:
            asyncio.run(main())
    except KeyboardInterrupt:
        left = [task for run in runs for task in run.open_tasks.values()]
        _say_what_goes_on(left, sum(run.watch.unsettled for run in runs), go_on)


def _say_what_goes_on(
    left: Sequence[imagetasks.Task], unsettled: int, go_on: str | None
) -> NoReturn:
    say("Interrupted.")
    for task in left[:20]:
        goes_on = "is not saved" if task.state.is_terminal else "goes on at the vendor"
        say(f"  {task}, {goes_on}")
    if len(left) > 20:
        say(f"  and {len(left) - 20} more")
    if go_on is not None and left:
        say(f"Go on with: {go_on}")
    elif left:
        tokens = " ".join(task.to_token() for task in left)
        say(f"Go on with: imagetasks wait {tokens}")
    if unsettled:
        submits = f"{unsettled} submit{'s' * (unsettled != 1)}"
        look = "Look at the vendor" if go_on is None else "See: imagetasks unknown"
        say(f"{submits} may have been accepted, though no answer came. {look}")
    raise typer.Exit(INTERRUPTED)
