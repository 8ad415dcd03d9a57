"""Runs as commands start them: with a client, a journal and a view, until they end or somebody breaks them off."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

import imagetasks

from ..providers._keys import access_from_env, allow_hosts_from_env
from ._exits import INTERRUPTED
from ._output import say
from ._run import Run, Saving, Watch
from ._views import View


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
    go_on: str = "imagetasks resume",
) -> int:
    """The exit code. `go_on`: the command that goes on with what Ctrl-C breaks off."""
    import asyncio

    watch = Watch(view)
    run = Run(view, saving, timeout=settings.timeout, watch=watch)

    async def main() -> None:
        async with imagetasks.AsyncClient(
            access_from_env(),
            policy=imagetasks.PollPolicy(min_gap=settings.min_gap),
            on_event=watch.event,
            allow_hosts=settings.allow_hosts or allow_hosts_from_env(),
            journal=settings.journal,
            journal_prompts=settings.keeps_prompts,
        ) as client:
            await work(run, client)

    try:
        with view:
            asyncio.run(main())
    except KeyboardInterrupt:
        _say_what_goes_on(run, go_on if settings.journal else None)
    return run.code


def _say_what_goes_on(run: Run, go_on: str | None) -> NoReturn:
    left = list(run.open_tasks.values())
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
