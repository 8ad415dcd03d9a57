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
from ._exits import INTERRUPTED
from ._output import say
from ._run import Run, Saving
from ._views import View

AT_ONCE = 8
"""Journals that are gone on with at the same time."""


@dataclass(frozen=True)
class Settings:
    """What every run takes."""

    timeout: float = 600
    min_gap: float | None = None
    allow_hosts: Sequence[str] = ()
    journal: Path | None = None
    keeps_prompts: bool = True


if TYPE_CHECKING:  # it would load the client for `--help`
    Work = Callable[[Run, imagetasks.AsyncClient], Coroutine[Any, Any, None]]


def carry_out(
    work: Work,
    view: View,
    saving: Saving | None,
    settings: Settings,
    *,
    go_on: str | None = None,
) -> int:
    """The exit code. `go_on`: the command that goes on with what Ctrl-C breaks off, where it is written down."""
    run = Run(view, saving, timeout=settings.timeout)
    _until_ended(lambda: _connected(work, run, settings), view, [run], go_on)
    return run.code


def carry_out_together(
    savings: Sequence[Saving],
    settings: Sequence[Settings],
    view: View,
    *,
    go_on: str,
) -> int:
    """Resumes several journals at once; the highest exit code of any."""
    runs = [
        Run(view, saving, timeout=each.timeout)
        for saving, each in zip(savings, settings, strict=True)
    ]

    async def main() -> None:
        at_once = asyncio.Semaphore(AT_ONCE)

        async def resume(run: Run, each: Settings) -> None:
            async with at_once:
                try:
                    await _connected(lambda r, client: r.resume(client), run, each)
                except imagetasks.JournalError as error:  # somebody else took it
                    run.fail(error)

        await asyncio.gather(*map(resume, runs, settings))

    _until_ended(main, view, runs, go_on)
    return max((run.code for run in runs), default=0)


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
        _say_what_goes_on([t for run in runs for t in run.open_tasks.values()], go_on)


def _say_what_goes_on(left: Sequence[imagetasks.Task], go_on: str | None) -> NoReturn:
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
    raise typer.Exit(INTERRUPTED)
