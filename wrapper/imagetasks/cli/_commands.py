"""The commands, each a thin shell over the client."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import imagetasks

from ._app import app
from ._arguments import (
    Address,
    Addresses,
    AllowHost,
    AsJson,
    Journal,
    MinGap,
    Out,
    Timeout,
    parse_extra,
    tasks_of,
)
from ._exits import Codes, exit_code, failures_as_exit_codes
from ._folder import check_folder
from ._output import (
    described,
    echo,
    line,
    print_preview,
    print_result,
    print_submitted,
    say,
    show,
)


@app.command()
def generate(
    provider: Annotated[str, typer.Argument(help="One of `imagetasks providers`.")],
    prompt: Annotated[str, typer.Argument(help="What to draw.")],
    model: Annotated[str | None, typer.Option()] = None,
    aspect_ratio: Annotated[str | None, typer.Option(help="Such as 16:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="Such as 2k.")] = None,
    size: Annotated[
        str | None, typer.Option(help="Exact pixels, such as 1536x1024.")
    ] = None,
    quality: Annotated[str | None, typer.Option()] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(help="URL of a reference image; may be repeated."),
    ] = None,
    negative_prompt: Annotated[str | None, typer.Option()] = None,
    count: Annotated[int, typer.Option(help="Pictures to make, each a task.")] = 1,
    idempotency_key: Annotated[str | None, typer.Option()] = None,
    extra: Annotated[
        str, typer.Option(help="The vendor's own fields, as a JSON object.")
    ] = "{}",
    wait_for_it: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help="--no-wait prints the token and leaves."),
    ] = True,
    check: Annotated[
        bool,
        typer.Option("--check", help="Print the request that would go out, and leave."),
    ] = False,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    out: Out = Path(),
    journal: Journal = None,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Make a picture: submit, wait, download."""
    with connected(min_gap, journal, allow_host) as client:
        request = imagetasks.ImageRequest(
            prompt,
            model=model,
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            size=size,
            quality=quality,
            reference_images=reference or (),
            negative_prompt=negative_prompt,
            count=count,
            idempotency_key=idempotency_key,
            extra=parse_extra(extra),
        )
        preview = client.check(provider, request)
        if check:
            price = _price(client, provider, request)
            print_preview(preview, price, count, as_json)
            return
        if wait_for_it:
            check_folder(out)
        if count > 1:
            _generate_many(
                client, provider, request, wait_for_it, timeout, out, as_json
            )
            return
        if not wait_for_it:
            print_submitted(client.submit(provider, request), as_json)
            return
        done = client.run(provider, request, timeout=timeout, on_update=show)
        print_result(done, client.download(done, out), as_json)


@app.command()
def wait(
    address: Addresses,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    out: Out = Path(),
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Wait for tasks and download their pictures, each as it ends. The first failure gives the exit code."""
    with connected(min_gap, allow_hosts=allow_host) as client:
        tasks = tasks_of(address)
        check_folder(out)
        ended = client.as_completed(
            tasks, timeout=timeout, return_errors=True, on_update=show
        )
        _collect(client, ended, out, as_json)


@app.command()
def resume(
    journal: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="The journal's file.")
    ],
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder to save the pictures in."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Wait for all open tasks of a journal, after a crash or a timeout.

    A task stays open, and comes again, until its pictures are saved with --out.
    Ends with the highest exit code of any of them; 5 while there is a submit of which nobody knows the outcome.
    """
    with connected(min_gap, journal) as client:
        ended = client.resume_all(timeout=timeout, on_update=show)
        if out is not None:
            ended = [_saved(client, one, out) for one in ended]
    for one in ended:
        if not isinstance(one, imagetasks.Task):
            say(one, "red")
        elif as_json:
            echo(json.dumps(described(one)))
        else:
            echo(" ".join([line(one), *(a.url for a in one.artifacts)]))
    codes = (exit_code(one) for one in ended if not isinstance(one, imagetasks.Task))
    raise typer.Exit(max(codes, default=0))


@app.command()
def status(address: Addresses, as_json: AsJson = False) -> None:
    """Fetch each task once. The first that failed, or cannot be fetched, gives the exit code."""
    with connected() as client:
        codes = Codes()
        for asked in tasks_of(address):
            with codes.noted():
                task = client.fetch(asked)
                echo(json.dumps(described(task)) if as_json else line(task))
                if task.state in (imagetasks.State.FAILED, imagetasks.State.CANCELLED):
                    codes.note(1)
        raise typer.Exit(codes.first)


@app.command()
def download(
    address: Address,
    out: Out = Path(),
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Download the pictures of a finished task."""
    with connected(allow_hosts=allow_host) as client:
        (asked,) = tasks_of(address, at_most=1)
        check_folder(out)
        task = client.fetch(asked)
        if task.state in (imagetasks.State.FAILED, imagetasks.State.CANCELLED):
            raise imagetasks.TaskFailed(line(task), task=task)
        if not task.state.is_terminal:
            raise imagetasks.WaitTimeout(
                f"{task}, there is nothing to download yet", task=task
            )
        print_result(task, client.download(task, out), as_json)


@app.command()
def balance(
    provider: Annotated[str, typer.Argument(help="One of `imagetasks providers`.")],
) -> None:
    """Print the credits that are left, where the vendor tells."""
    with connected() as client:
        echo(client.balance(provider))


@app.command()
def providers(
    capabilities: Annotated[
        bool,
        typer.Option(
            "--capabilities",
            help="Which field of a request goes where, and what it takes; bold: what holds when it is left out. "
            "In Markdown where it is not printed to a terminal.",
        ),
    ] = False,
) -> None:
    """List the providers, and what they document."""
    from . import _tables
    from ._console import stdout

    if not capabilities:
        stdout.print(_tables.providers_table())
    elif stdout.is_terminal:
        stdout.print(*_tables.capabilities_tables(), sep="\n")
    else:
        echo(_tables.capabilities_markdown())


@app.command()
def drift(
    report: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Lines of `Drift.to_json`, of any clients; or traffic as HAR (*.har).",
        ),
    ],
) -> None:
    """Print where vendors' answers differ from the specs. Exits 1 where they do."""
    from ._console import stdout
    from ._drift import drift_table, read_drift

    try:
        found = read_drift(report)
    except (ValueError, OSError) as error:
        say(error, "red")
        raise typer.Exit(2) from error
    if not found:
        echo("no drift")
        return
    stdout.print(drift_table(found))
    raise typer.Exit(1)


@contextmanager
def connected(
    min_gap: float | None = None,
    journal: Path | None = None,
    allow_hosts: list[str] | None = None,
) -> Iterator[imagetasks.Client]:
    """A client for the keys of the environment; its errors become exit codes."""
    with (
        failures_as_exit_codes(),
        imagetasks.Client.from_env(
            policy=imagetasks.PollPolicy(min_gap=min_gap),
            journal=journal,
            allow_hosts=allow_hosts or (),
        ) as client,
    ):
        yield client


def _saved(
    client: imagetasks.Client,
    one: imagetasks.Task | imagetasks.ImageTasksError,
    out: Path,
) -> imagetasks.Task | imagetasks.ImageTasksError:
    """The same, or the error that kept it from being saved."""
    if isinstance(one, imagetasks.Task):
        try:
            client.download(one, out)
        except imagetasks.ImageTasksError as error:
            return error
    return one


def _generate_many(
    client: imagetasks.Client,
    provider: str,
    request: imagetasks.ImageRequest,
    wait_for_it: bool,
    timeout: float,
    out: Path,
    as_json: bool,
) -> None:
    """One line for each picture, as it comes. The first failure gives the exit code, and holds up no other picture."""
    began = time.monotonic()
    made = client.submit_many(provider, [request], timeout=timeout, on_update=show)
    if wait_for_it:
        left = max(timeout - (time.monotonic() - began), 0.0)
        tasks = [task for task in made if isinstance(task, imagetasks.Task)]
        errors = (error for error in made if not isinstance(error, imagetasks.Task))
        ended = client.as_completed(
            tasks, timeout=left, return_errors=True, on_update=show
        )
        _collect(client, chain(errors, ended), out, as_json)
    codes = Codes()
    for outcome in made:
        with codes.noted():
            if isinstance(outcome, imagetasks.ImageTasksError):
                raise outcome
            print_submitted(outcome, as_json)
    raise typer.Exit(codes.first)


def _collect(
    client: imagetasks.Client,
    ended: Iterable[imagetasks.Task | imagetasks.ImageTasksError],
    out: Path,
    as_json: bool,
) -> NoReturn:
    """Download each task as it ends."""
    codes = Codes()
    for outcome in ended:
        with codes.noted():
            if isinstance(outcome, imagetasks.ImageTasksError):
                raise outcome
            print_result(outcome, client.download(outcome, out), as_json)
    raise typer.Exit(codes.first)


def _price(
    client: imagetasks.Client, provider: str, request: imagetasks.ImageRequest
) -> float | None:
    """Of all pictures; None where it is not known of one of them."""
    from ..providers import PROVIDERS

    parts = Counter(PROVIDERS[provider].split(request))
    credits = {part: client.check(provider, part).credits for part in parts}
    if None in credits.values():
        return None
    return sum((credits[part] or 0) * times for part, times in parts.items())
