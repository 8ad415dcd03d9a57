"""The commands about what earlier commands did: list, show, resume, again, prune."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

import imagetasks

from .._results.folder import check_folder
from .._results.items import NAME
from ..providers._keys import access_from_env, check_access
from ._app import app
from ._arguments import AllowHost, AsJson, MaxCredits, MinGap, Out, Timeout, Yes
from ._described import described
from ._exits import failures_as_exit_codes
from ._generate import Plan
from ._history import History, Known, RunFile, here, is_here, resume_command
from ._jobs import Job
from ._output import echo, say
from ._run import Saving
from ._running import Piece, Settings, carry_out
from ._views import echo_event, view_for

HistoryFile = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        exists=True,
        dir_okay=False,
        help="Use this journal instead of the history.",
    ),
]


@app.command("list", rich_help_panel="What was made")
def list_tasks(
    last: Annotated[
        int, typer.Option("--last", "-n", min=1, help="Tasks to list, the newest.")
    ] = 20,
    is_open: Annotated[
        bool, typer.Option("--open", help="Only those that are not saved yet.")
    ] = False,
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """List the tasks of earlier commands, newest last."""
    with failures_as_exit_codes():
        known = sorted(History(journal).tasks(), key=lambda one: one.entry.sent_at)
        if is_open:
            known = [one for one in known if one.entry.is_open]
        known = known[-last:]
        if as_json:
            for one in known:
                echo_event("task", **_entry(one))
            return
        if not known:
            echo("no tasks")
            return
        from ._console import for_rows
        from ._history_table import history_table

        console = for_rows()
        width = console.width if console.is_terminal else None
        console.print(history_table(known, width))


@app.command(rich_help_panel="What was made")
def show(
    task: Annotated[str, typer.Argument(help="A task's id, or its beginning.")],
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """Print everything known about a task: request, vendor, times, credits, files."""
    with failures_as_exit_codes():
        found = _entry(History(journal).find(task))
        if as_json:
            echo_event("task", **found)
            return
        for name, value in found.items():
            if value not in (None, [], ""):
                echo(f"{name:13} {value}")


@app.command(rich_help_panel="What was made")
def resume(
    journal: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, help="A journal's file, not the history."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder to save in, not that of the first command."
        ),
    ] = None,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """
    After a crash, Ctrl-C or a timeout: wait for every task that is paid for but not saved, and save it.

    What another command holds is left to it, and so is what was made at another server. Exits 5 while there is a submit of
    which nobody knows the outcome: see `imagetasks unknown`.
    """
    with failures_as_exit_codes():
        check_access(access_from_env())
        runs = list(_to_resume(History(journal), here()))
        if not runs:
            say("There is nothing to resume.")
        pieces = [
            Piece(
                lambda run, client: run.resume(client),
                _saving(run, out),
                Settings(timeout, min_gap, allow_host or (), journal=run.path),
            )
            for run in runs
        ]
        for folder in {_saving(run, out).folder for run in runs}:
            check_folder(folder)
        go_on = resume_command(journal)
        view = view_for(as_json=as_json, go_on=go_on)
        code = carry_out(pieces, view, go_on=go_on)
    raise typer.Exit(code)


@app.command(rich_help_panel="What was made")
def again(
    task: Annotated[str, typer.Argument(help="A task's id, or its beginning.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1)] = 1,
    provider: Annotated[
        str | None, typer.Option("--provider", "-p", help="Another vendor.")
    ] = None,
    max_credits: MaxCredits = None,
    out: Out = Path(),
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    allow_host: AllowHost = None,
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the request and its price.")
    ] = False,
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """Send the request of a task once more. You pay again."""
    with failures_as_exit_codes():
        known = History(journal).find(task)
        asked = known.entry.asked
        if asked is None or not asked.has_prompts:
            raise ValueError(f"{task}: its prompt was left out of the history")
        request = asked.request
        if isinstance(request, imagetasks.FollowUp):
            raise ValueError(f"{task}: it was made from another task, by a button")
        request = replace(request, idempotency_key=None)
        times = count
        if isinstance(request, imagetasks.ImageRequest):
            request, times = replace(request, count=count), 1
        job = Job(provider or known.task.provider, request, known.task.label)
        plan = Plan(
            jobs=[job] * times,
            saving=Saving(out),
            settings=Settings(timeout, min_gap, allow_host or ()),
            max_credits=max_credits,
            yes=yes,
            as_json=as_json,
        )
        code = plan.dry_run() if dry_run else plan.carry_out()
    raise typer.Exit(code)


@app.command(rich_help_panel="What was made")
def prune(
    older_than: Annotated[
        str, typer.Option(help="Age of the runs to delete, such as 90d or 12h.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be deleted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete the history of old runs. Pictures stay, and so do runs with open tasks or unknown submits."""
    with failures_as_exit_codes():
        before = _before(older_than)
        gone, kept = _old_runs(before)
        if not dry_run:
            for run in gone:
                run.remove()
        if as_json:
            echo_event("pruned", runs=len(gone), kept=len(kept), dry_run=dry_run)
            return
        runs = f"{len(gone)} run{'s' * (len(gone) != 1)}"
        say(f"{runs} would be deleted." if dry_run else f"{runs} deleted.")
        if kept:
            say(
                f"{len(kept)} kept, which are not over: imagetasks list --open, unknown"
            )


def _old_runs(before: datetime) -> tuple[list[RunFile], list[RunFile]]:
    """Those where nothing has changed since: over, and not."""
    over: list[RunFile] = []
    others: list[RunFile] = []
    for run, contents in History().contents:
        made = datetime.fromtimestamp(run.path.stat().st_mtime, UTC)
        newest = max((e.changed_at for e in contents.entries), default=made)
        if newest >= before or run.is_in_use:
            continue
        is_open = contents.unknown or any(each.is_open for each in contents.entries)
        (others if is_open else over).append(run)
    return over, others


def _saving(run: RunFile, out: Path | None) -> Saving:
    """As the command that made it was to save, but for the folder where another one is asked for."""
    about = run.about
    folder = out or _near(Path(about.get("out", ".")))
    return Saving(folder, about.get("name", NAME), about.get("sidecar", True))


def _near(folder: Path) -> Path:
    """As it is called from here, where that is shorter."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _to_resume(history: History, servers: dict[str, str]) -> Iterable[RunFile]:
    """Says what it leaves out, and why."""
    for run, contents in history.contents:
        open_tasks = [each for each in contents.entries if each.is_open]
        elsewhere = [
            *(
                f"{each.task.provider} at {each.base_url}"
                for each in open_tasks
                if not is_here(each.task.provider, each.base_url, servers)
            ),
            *(
                f"{each.intent.provider} at {each.base_url}"
                for each in contents.unknown
                if not is_here(each.intent.provider, each.base_url, servers)
            ),
        ]
        for place in dict.fromkeys(elsewhere):
            n = elsewhere.count(place)
            say(
                f"{n} left alone: made by {place}, which is not where commands send today."
            )
        if len(elsewhere) == len(open_tasks) + len(contents.unknown):
            continue
        if run.is_in_use:
            say(f"{len(open_tasks)} left to the command that goes on with them")
            continue
        yield run


def _entry(known: Known) -> dict[str, Any]:
    entry = known.entry
    request = entry.asked.request if entry.asked else None
    has_prompts = entry.asked is not None and entry.asked.has_prompts
    cost = entry.cost
    return {
        **described(known.task),
        "model": known.task.model or cost.model,
        "prompt": known.prompt,
        "is_open": entry.is_open,
        "sent_at": entry.sent_at.isoformat(),
        "base_url": entry.base_url,
        "estimated": cost.estimated,
        "charged": cost.charged,
        "is_refunded": cost.is_refunded,
        "files": list(entry.files),
        "request": request.to_json() if request is not None and has_prompts else None,
        "journal": str(known.run.path),
    }


def _before(age: str) -> datetime:
    """When that was. Raises ValueError."""
    units = {"d": "days", "h": "hours", "w": "weeks"}
    number, unit = age[:-1], age[-1:]
    if unit not in units or not number.isdecimal():
        raise ValueError(f"--older-than is such as 90d, 12h or 4w, not {age!r}")
    try:
        return datetime.now(UTC) - timedelta(**{units[unit]: int(number)})
    except (OverflowError, ValueError):
        raise ValueError(f"--older-than {age[:20]}: nothing is so old") from None
