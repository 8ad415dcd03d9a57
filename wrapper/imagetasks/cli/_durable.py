"""The commands about tasks in a database: worker, and queue with its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .._extras import require
from ..providers._keys import access_from_env, allow_hosts_from_env
from ._app import Headings, app
from ._arguments import AllowHost, AsJson, MinGap
from ._described import described
from ._exits import failures_as_exit_codes
from ._output import echo, say
from ._views import echo_event

if TYPE_CHECKING:
    from ..durable import Queue, Record, Tasks

PANEL = "Many machines"
Database = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="sqlite:///tasks.db, or postgresql://user@host/name. A password is better off in PGPASSWORD or ~/.pgpass.",
    ),
]
Key = Annotated[str, typer.Argument(help="The key that the task was submitted under.")]

queue = typer.Typer(
    cls=Headings,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, settle and adopt tasks in a database.",
)
app.add_typer(queue, name="queue", rich_help_panel=PANEL)


@app.command(rich_help_panel=PANEL)
def worker(
    url: Database,
    executor: Annotated[
        str | None,
        typer.Option(
            "--executor",
            help="Name of this worker, stable across restarts. On PostgreSQL, each worker needs a different name.",
        ),
    ] = None,
    store: Annotated[
        str,
        typer.Option(
            "--store", "-o", help="A folder, or s3://bucket/prefix, gs://, az://."
        ),
    ] = ".",
    rate: Annotated[
        list[str] | None,
        typer.Option(
            "--rate",
            help="PROVIDER=SUBMITS/SECONDS, such as akool=20/1, for all workers together. May be repeated.",
        ),
    ] = None,
    in_flight: Annotated[
        int,
        typer.Option(min=1, help="Tasks per provider that this worker has in flight."),
    ] = 500,
    submitting: Annotated[
        int,
        typer.Option(
            min=1,
            help="Submits per provider that are under way at once. A kill leaves at most this many unknown.",
        ),
    ] = 8,
    sidecar: Annotated[
        bool,
        typer.Option(
            "--sidecar/--no-sidecar",
            help="Write a .json with the request and the task beside each result.",
        ),
    ] = False,
    min_gap: MinGap = None,
    allow_host: AllowHost = None,
) -> None:
    """
    Carry out the tasks of a database until SIGTERM or Ctrl-C.

    Then it starts no new submit, finishes those under way, and leaves the waits to other workers.
    """
    with failures_as_exit_codes():
        _check_extra()
        import imagetasks

        from ..durable import Queue, Runner

        access = access_from_env()
        rates = dict(map(_rate, rate or ()))
        if strangers := rates.keys() - access.keys():
            raise ValueError(f"--rate without a key: {', '.join(sorted(strangers))}")
        queues: dict[str, Queue] = {
            name: Queue(
                rate=rates.get(name), in_flight=in_flight, submitting=submitting
            )
            for name in access
        }
        runner = Runner(
            url,
            access,
            executor=executor,
            store=store if "://" in store else Path(store),
            queues=queues,
            policy=imagetasks.PollPolicy(min_gap=min_gap),
            allow_hosts=allow_host or allow_hosts_from_env(),
            sidecar=sidecar,
        )
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        with runner:
            say(f"{runner.executor} works for {', '.join(access)}")
            # In turns: on Windows nothing else lets a signal in.
            while not stop.wait(0.5):
                pass
            say("leaving: submits under way finish")


@queue.command("list")
def list_tasks(
    url: Database,
    state: Annotated[
        str | None, typer.Option(help="Only those in this state, such as unknown.")
    ] = None,
    provider: Annotated[str | None, typer.Option("--provider", "-p")] = None,
    label: Annotated[str | None, typer.Option()] = None,
    last: Annotated[
        int, typer.Option("--last", "-n", min=1, help="Tasks to list, the newest.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Print the number of tasks by state, the alarms of workers, and the newest tasks."""
    with failures_as_exit_codes(), _tasks(url) as tasks:
        found = tasks.list(state=state, provider=provider, label=label, limit=last)
        if as_json:
            for record in found:
                _print(record, as_json)
            return
        counts = tasks.counts()
        for name, states in sorted(counts.states.items()):
            words = ", ".join(f"{n} {each}" for each, n in states.items())
            echo(f"{name}: {words}")
        echo(f"workers: {', '.join(counts.workers) or 'none is alive'}")
        for alarm in counts.alarms:
            echo(
                f"ALARM: {alarm.tasks} tasks of {alarm.provider} wait on {alarm.executor}: {alarm.reason}"
            )
        for record in found:
            _print(record, as_json)


@queue.command()
def resolve(
    url: Database,
    key: Key,
    task_id: Annotated[str, typer.Argument(help="The vendor's id of the task.")],
    as_json: AsJson = False,
) -> None:
    """Settle an unknown submit by naming its task. The command fetches the task once; then a worker continues it."""
    with failures_as_exit_codes(), _tasks(url) as tasks:
        tasks.resolve(key, task_id)
        _print(tasks.get(key), as_json)


@queue.command()
def resubmit(url: Database, key: Key, as_json: AsJson = False) -> None:
    """Send an unknown submit once more. You may pay twice, unless the vendor deduplicates."""
    with failures_as_exit_codes(), _tasks(url) as tasks:
        tasks.resubmit(key)
        _print(tasks.get(key), as_json)


@queue.command()
def abandon(url: Database, key: Key, as_json: AsJson = False) -> None:
    """Give up an unknown submit, or a task that a worker waits for."""
    with failures_as_exit_codes(), _tasks(url) as tasks:
        tasks.abandon(key)
        _print(tasks.get(key), as_json)


@queue.command()
def adopt(
    url: Database,
    executor: Annotated[str, typer.Argument(help="The name of the dead worker.")],
    as_json: AsJson = False,
) -> None:
    """Hand the tasks of a dead worker to the others at once. Without this, they take them within half a minute."""
    with failures_as_exit_codes(), _tasks(url) as tasks:
        found = tasks.adopt(executor)
    if as_json:
        echo_event("adopted", executor=executor, tasks=found)
    else:
        echo(f"{found} task{'s' * (found != 1)} of {executor} go on")


def _check_extra() -> None:
    try:
        require("durable", by="imagetasks worker")
    except ImportError as error:
        say(error, "red")
        raise typer.Exit(2) from error


def _tasks(url: str) -> Tasks:
    _check_extra()
    from ..durable import Tasks

    return Tasks(url, access_from_env())


def _rate(text: str) -> tuple[str, tuple[int, float]]:
    provider, _, rate = text.partition("=")
    most, _, seconds = rate.partition("/")
    try:
        return provider, (int(most), float(seconds or 1))
    except ValueError:
        raise ValueError(
            f"--rate is PROVIDER=SUBMITS/SECONDS, such as akool=20/1, not {text!r}"
        ) from None


def _line(record: Record) -> str:
    since = record.ended_at or record.submitted_at
    what = record.task.id if record.task else "-"
    words = f"{record.key}  {record.provider}  {record.state}  {what}  {since:%Y-%m-%d %H:%M:%S}"
    return f"{words}  {record.error}" if record.error else words


def _print(record: Record, as_json: bool) -> None:
    if as_json:
        echo_event("record", **_described(record))
    else:
        echo(_line(record))


def _described(record: Record) -> dict[str, Any]:
    from dataclasses import asdict

    task, ended_at = record.task, record.ended_at
    return {
        "key": record.key,
        "provider": record.provider,
        "state": record.state,
        "attempt": record.attempt,
        "label": record.label,
        "task": task and described(task),
        "files": [asdict(file) for file in record.files],
        "error": record.error and asdict(record.error),
        "submitted_at": record.submitted_at.isoformat(),
        "ended_at": ended_at and ended_at.isoformat(),
        "executor": record.executor,
    }
