"""The commands about submits that nobody knows the outcome of: unknown, resolve, resubmit, abandon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

import imagetasks

from ._app import app
from ._arguments import AsJson
from ._described import described
from ._exits import failures_as_exit_codes
from ._history import History, Known, KnownUnknown, here, is_here
from ._history_commands import HistoryFile
from ._output import echo, say
from ._views import echo_event

SubmitId = Annotated[
    str, typer.Argument(metavar="SUBMIT", help="As listed by `imagetasks unknown`.")
]
ADVICE = (
    "Look each up at its vendor. There: imagetasks resolve SUBMIT TASK_ID. Not there: imagetasks resubmit SUBMIT, or "
    "imagetasks abandon SUBMIT."
)


@app.command(rich_help_panel="Submits without an answer")
def unknown(
    submit: Annotated[
        str, typer.Argument(metavar="[SUBMIT]", help="Only this one.")
    ] = "",
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """List submits that may have been accepted and billed, though no answer came. Exits with 5 if there are any."""
    with failures_as_exit_codes():
        found = [
            each
            for each in History(journal).unknown()
            if each.submit.intent.id.startswith(submit)
        ]
    for each in found:
        intent = each.submit.intent
        prompt = getattr(intent.request, "prompt", None)
        if as_json:
            echo_event(
                "unknown",
                submit=intent.id,
                provider=intent.provider,
                sent_at=intent.sent_at.isoformat(),
                label=intent.label,
                prompt=prompt,
                base_url=each.submit.base_url,
                tasks=each.submit.count,
                reserved=each.submit.reserved,
                idempotency_key=intent.idempotency_key,
                journal=str(each.run.path),
            )
        else:
            words = (intent.id[:8], str(intent), intent.label, prompt)
            echo("  ".join(word for word in words if word))
    if found:
        if not as_json:
            say(ADVICE)
        raise typer.Exit(5)
    if not as_json:
        say("Nothing is unknown.")


@app.command(rich_help_panel="Submits without an answer")
def resolve(
    submit: SubmitId,
    task_id: Annotated[str, typer.Argument(help="The id of its task.")],
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """Settle an unknown submit by naming its task. The command fetches the task once; `resume` saves it."""
    with _settling(submit, journal) as (client, found):
        _print_task(client.resolve(found.submit.intent, task_id), as_json)


@app.command(rich_help_panel="Submits without an answer")
def resubmit(
    submit: SubmitId, journal: HistoryFile = None, as_json: AsJson = False
) -> None:
    """Send an unknown submit once more. You may pay twice, unless the vendor deduplicates."""
    with _settling(submit, journal) as (client, found):
        _print_task(client.resubmit(found.submit.intent), as_json)


@app.command(rich_help_panel="Submits without an answer")
def abandon(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SUBMIT | TASK", help="An unknown submit, or the id of a task."
        ),
    ],
    journal: HistoryFile = None,
    as_json: AsJson = False,
) -> None:
    """Give up an unknown submit or a task: `resume` skips it from now on. Nothing is sent to the vendor."""
    with failures_as_exit_codes():
        history = History(journal)
        found = history.find_either(what)
        left: imagetasks.Intent | imagetasks.Task
        left = found.task if isinstance(found, Known) else found.submit.intent
        with _client(found.run.path) as client:
            client.abandon(left)
        if as_json:
            submit = left.id if isinstance(left, imagetasks.Intent) else None
            task_id = left.id if isinstance(left, imagetasks.Task) else None
            echo_event("abandoned", provider=left.provider, submit=submit, id=task_id)
        else:
            say(f"{left} is let go.")


def _print_task(task: imagetasks.Task, as_json: bool) -> None:
    if as_json:
        echo_event("status", **described(task))
    else:
        echo(task)
    say("Save it with: imagetasks resume")


@contextmanager
def _settling(
    submit: str, journal: Path | None
) -> Iterator[tuple[imagetasks.Client, KnownUnknown]]:
    with failures_as_exit_codes():
        found = History(journal).find_unknown(submit)
        intent, base_url = found.submit.intent, found.submit.base_url
        if not is_here(intent.provider, base_url, here()):
            raise ValueError(
                f"{intent} went to {base_url}, which is not where commands send today"
            )
        with _client(found.run.path) as client:
            yield client, found


def _client(journal: Path) -> imagetasks.Client:
    return imagetasks.Client.from_env(journal=journal)
