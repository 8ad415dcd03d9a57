"""What several commands take, and how it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

import imagetasks

from ..providers import PROVIDERS

Address = Annotated[
    list[str],
    typer.Argument(
        metavar="TOKEN | ID | PROVIDER ID",
        help="A task's token, its id in the history, or provider and task id.",
    ),
]
Addresses = Annotated[
    list[str],
    typer.Argument(
        metavar="TOKEN... | ID... | PROVIDER ID",
        help="Tokens of tasks, their ids in the history, or provider and task id.",
    ),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        help="Host that results may come from even if it is private or has no TLS. May be repeated. Default: IMAGETASKS_ALLOW_HOSTS.",
    ),
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder for the pictures.")]
Timeout = Annotated[float, typer.Option(help="Seconds for the whole command.")]
MinGap = Annotated[
    float | None,
    typer.Option(
        help="Seconds between two polls, instead of the vendor's documented gap."
    ),
]
Journal = Annotated[
    Path | None,
    typer.Option(
        help="Journal file that keeps the task through a crash; see `resume`."
    ),
]
RunJournal = Annotated[
    Path | None,
    typer.Option(
        "--journal", help="Journal file of this run, instead of one in the history."
    ),
]
NoJournal = Annotated[
    bool, typer.Option("--no-journal", help="Keep no history of this run.")
]
NoPrompts = Annotated[
    bool,
    typer.Option("--no-prompts", help="Leave prompts out of history and sidecars."),
]
MaxCredits = Annotated[
    float | None,
    typer.Option(help="The most that all tasks of each vendor may cost together."),
]
Yes = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask, even above 20 tasks.")
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        help="Name of the files without extension. It may contain {provider}, {id}, {n}, {label}, {model} and {kind}.",
    ),
]
SideCar = Annotated[
    bool,
    typer.Option(
        "--sidecar/--no-sidecar",
        help="Write a .json with the request and the task beside each file.",
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON event per line; docs/command.md links the schema.",
    ),
]


class Asked(NamedTuple):
    """A task that somebody named. `journal`: the run of the history that has it, which is told what becomes of it."""

    task: imagetasks.Task
    journal: Path | None = None


def tasks_of(address: list[str], at_most: int | None = None) -> list[Asked]:
    """By token, by vendor and id, or by an id of the history. Raises ValueError."""
    match address:
        case [provider, task_id] if provider in PROVIDERS:
            task = imagetasks.Task(
                provider=provider, id=task_id, state=imagetasks.State.PENDING
            )
            tasks = [Asked(task)]
        case _:
            tasks = [_task_of(word) for word in address]
    if at_most is not None and len(tasks) > at_most:
        raise ValueError("a task is a token, an id, or a provider and a task id")
    return tasks


def _task_of(word: str) -> Asked:
    if "." in word:  # as every token has it, and no id
        return Asked(imagetasks.Task.from_token(word))
    from ._history import History

    known = History().find(word)
    return Asked(known.task, None if known.run.is_in_use else known.run.path)


def vendor_names(incomplete: str) -> list[str]:
    """For the completion of shells."""
    return [n for n in PROVIDERS if n.startswith(incomplete)]


def parse_extra(text: str) -> dict[str, Any]:
    try:
        extra = json.loads(text)
    except ValueError as cause:
        raise ValueError(f"--extra is not JSON: {cause}") from cause
    if not isinstance(extra, dict):
        raise ValueError("--extra is a JSON object, such as '{\"similar\": 0.7}'")
    return extra
