"""The command `generate`, and what it shares with `again`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

import imagetasks

from .._results.folder import check_folder
from .._results.items import NAME, check_name
from ..providers._keys import access_from_env, check_access
from . import _choosing
from ._app import app
from ._arguments import (
    AllowHost,
    AsJson,
    MaxCredits,
    MinGap,
    Name,
    NoJournal,
    NoPrompts,
    Out,
    RunJournal,
    SideCar,
    Timeout,
    Yes,
    parse_extra,
    vendor_names,
)
from ._exits import exit_code, failures_as_exit_codes
from ._history import Paid, RunFile, new_journal, resume_command
from ._jobs import Checked, Job, checked, jobs_of, price_in_words, prices
from ._output import print_failure, print_request, say
from ._run import Run, Saving
from ._running import Piece, Settings, carry_out
from ._views import echo_event, view_for

MANY = 20
"""Paid tasks above which somebody is asked."""


@app.command()
def generate(
    prompt: Annotated[
        list[str] | None,
        typer.Argument(help="What to draw, in quotes; - reads it from standard input."),
    ] = None,
    provider: Annotated[
        list[str] | None,
        typer.Option(
            "--provider",
            "-p",
            autocompletion=vendor_names,
            help="Vendor. May be repeated: each vendor makes the pictures. Default: the only vendor that has a key.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="File of prompts: text with one prompt per line, or CSV or JSON Lines with one column or key per option, and label.",
        ),
    ] = None,
    count: Annotated[
        int,
        typer.Option("--count", "-n", min=1, help="Pictures per prompt and vendor."),
    ] = 1,
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
    seed: Annotated[int | None, typer.Option()] = None,
    video: Annotated[
        bool, typer.Option("--video", help="Make a video instead of a picture.")
    ] = False,
    duration: Annotated[
        float | None, typer.Option(help="Of a video, in seconds.")
    ] = None,
    first_image: Annotated[
        str | None, typer.Option(help="URL of the first picture of a video.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="A short text of yours, kept with the task.")
    ] = None,
    idempotency_key: Annotated[str | None, typer.Option()] = None,
    extra: Annotated[
        str, typer.Option(help="The vendor's own fields, as a JSON object.")
    ] = "{}",
    wait_for_it: Annotated[
        bool,
        typer.Option("--wait/--no-wait", help="--no-wait prints the token and exits."),
    ] = True,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print the requests and their total price, and exit."
        ),
    ] = False,
    check: Annotated[bool, typer.Option("--check", hidden=True)] = False,
    max_credits: MaxCredits = None,
    yes: Yes = False,
    out: Out = Path(),
    name: Name = NAME,
    sidecar: SideCar = True,
    sheet: Annotated[
        bool,
        typer.Option("--sheet", help="Write a web page of the folder; see `sheet`."),
    ] = False,
    skip_done: Annotated[
        bool,
        typer.Option(
            "--skip-done/--no-skip-done",
            help="Skip rows of --from that the history already has, because they are paid for.",
        ),
    ] = True,
    timeout: Timeout = 600,
    min_gap: MinGap = None,
    journal: RunJournal = None,
    no_journal: NoJournal = False,
    no_prompts: NoPrompts = False,
    allow_host: AllowHost = None,
    as_json: AsJson = False,
) -> None:
    """Make pictures or videos: submit, wait, save. Without a terminal, it prints one line per change and one path per file."""
    with failures_as_exit_codes():
        access = check_access(access_from_env())
        rows = _choosing.rows_asked_for(prompt or [], file)
        have_providers = all("provider" in row.options for row in rows)
        named = provider or []
        vendors = (
            [] if have_providers else _choosing.vendors_asked(named, access.keys())
        )
        check_name(name)
        if no_journal and journal is not None:
            raise ValueError("--journal and --no-journal exclude each other")
        options: dict[str, Any] = {
            "model": model,
            "aspect_ratio": aspect_ratio,
            "resolution": resolution,
            "size": size,
            "quality": quality,
            "reference": tuple(reference or ()),
            "negative_prompt": negative_prompt,
            "seed": seed,
            "count": count,
            "video": video,
            "duration": duration,
            "first_image": first_image,
            "label": label,
            "idempotency_key": idempotency_key,
            "extra": parse_extra(extra),
        }
        plan = Plan(
            jobs=jobs_of(rows, options, vendors),
            saving=Saving(out, name, sidecar),
            waits=wait_for_it,
            settings=Settings(timeout, min_gap, allow_host or (), journal),
            max_credits=max_credits,
            keeps_journal=not no_journal,
            keeps_prompts=not no_prompts,
            yes=yes,
            as_json=as_json,
        )
        if file is not None and skip_done:
            plan = plan.without_paid()
        if dry_run or check:
            raise typer.Exit(plan.dry_run())
        code = plan.carry_out()
        if sheet and wait_for_it:
            from ._sheet import write_sheet

            try:
                say(f"The page of all: {write_sheet(out)}")
            except ValueError as error:
                print_failure(error)
                code = code or exit_code(error)
    raise typer.Exit(code)


@dataclass(frozen=True)
class Plan:
    """What is to be made, and how; nothing of it is paid for yet."""

    jobs: Sequence[Job]
    saving: Saving
    settings: Settings
    max_credits: float | None = None
    waits: bool = True
    keeps_journal: bool = True
    keeps_prompts: bool = True
    yes: bool = False
    as_json: bool = False

    def without_paid(self) -> Plan:
        """Rows that the history has are paid for. Says so."""
        from dataclasses import replace

        left, saved, going_on = Paid(self.settings.journal).left_of(self.jobs)
        if saved:
            say(
                f"{saved} of the results are done already, and not paid again (--no-skip-done makes them anew)."
            )
        if going_on:
            say(
                f"{going_on} are paid for and not saved yet: imagetasks resume goes on with them."
            )
        return replace(self, jobs=left)

    def dry_run(self) -> int:
        """Exit code: 2 where something of it is refused."""
        found = self._check()
        for each in found:
            self._print(each)
        if self.as_json:
            echo_event("price", credits=prices(found), words=price_in_words(found))
        else:
            say(f"Not sent. {price_in_words(found)}")
        return 2 if any(each.refusal for each in found) else 0

    def carry_out(self) -> int:
        jobs = self.jobs
        if not jobs:
            say("There is nothing left to do.")
            return 0
        found = self._check()
        refused = [each for each in found if each.refusal is not None]
        for each in refused:
            print_failure(_named(each))
        if refused:
            if len(found) > 1:
                say("Nothing was sent.")
            return 2
        total = sum(job.count for job in jobs)
        if total > MANY and not self.yes:
            _ask(f"{price_in_words(found)}. Go ahead?")
        if self.waits:
            check_folder(self.saving.folder)
        settings = self._settings()
        go_on = None
        if settings.journal is not None:
            go_on = resume_command(self.settings.journal)
        view = view_for(
            as_json=self.as_json, waits=self.waits, total=total, go_on=go_on
        )

        async def submit(run: Run, client: imagetasks.AsyncClient) -> None:
            if settings.journal is not None:  # it is open, and no other command's
                RunFile(settings.journal).write_about(
                    out=str(self.saving.folder.resolve()),
                    name=self.saving.name,
                    sidecar=self.saving.sidecar,
                )
            await run.submit(client, jobs, self.max_credits)

        piece = Piece(submit, self.saving if self.waits else None, settings)
        return carry_out([piece], view, go_on=go_on)

    def _settings(self) -> Settings:
        from dataclasses import replace

        journal = self.settings.journal
        if journal is None and self.keeps_journal:
            journal = new_journal()
        return replace(self.settings, journal=journal, keeps_prompts=self.keeps_prompts)

    def _check(self) -> list[Checked]:
        with imagetasks.Client(access_from_env()) as client:
            return [checked(client, job) for job in self.jobs]

    def _print(self, each: Checked) -> None:
        if each.refusal is not None:
            error = _named(each)
            if self.as_json:
                echo_event("refused", provider=each.job.provider, message=str(error))
            else:
                say(f"Refused: {error}", "red")
        for preview, times in each.requests:
            if self.as_json:
                told = asdict(preview)
                echo_event("would_send", **told, times=times, label=each.job.label)
            else:
                print_request(preview, times)


def _named(each: Checked) -> Exception:
    """With the row that it is about."""
    error = each.refusal
    assert error is not None
    if each.job.place:
        return type(error)(f"{each.job.place}: {error}")
    return error


def _ask(question: str) -> None:
    """Raises ValueError where nobody can answer, typer.Exit for a no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ValueError(f"{question} Nobody can answer here: add --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(2)
