"""The commands that need the mock: `mock` and `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .._extras import require
from .._results.folder import check_folder
from ._app import app
from ._arguments import Out
from ._exits import failures_as_exit_codes
from ._output import say


@app.command(rich_help_panel="Trying it without a key")
def mock(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8765,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="A YAML file: durations, outcomes, accounts, faults. Or one that comes "
            "with the mock: realistic, rough."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="The same seed gives the same run.", show_default="0"),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            help="Virtual seconds per second. With 0, time stands still until you advance it.",
            show_default="1",
        ),
    ] = None,
    tick: Annotated[
        float | None,
        typer.Option(
            help="Virtual seconds that pass with each request, in addition.",
            show_default="0",
        ),
    ] = None,
    duration: Annotated[
        float | None,
        typer.Option(
            help="Approximate virtual seconds that a task takes.", show_default="3"
        ),
    ] = None,
    fail: Annotated[
        str | None,
        typer.Option(help="Regular expression: tasks whose prompt matches it fail."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="An API key that is good; may be repeated. Without it, any is."
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            help="What to disturb from the start; may be repeated. "
            "status,status=503,provider=akool,count=2"
        ),
    ] = None,
) -> None:
    """Serve all vendors on one port, without keys or credits."""
    imagetasks_mock = _import_mock()
    try:
        imagetasks_mock.main(
            host=host,
            port=port,
            scenario=scenario,
            seed=seed,
            speed=speed,
            tick=tick,
            duration=duration,
            fail=fail,
            keys=key,
            faults=fault or (),
        )
    except (imagetasks_mock.MockError, ValueError) as error:
        say(error)
        raise typer.Exit(2) from error


@app.command(rich_help_panel="Trying it without a key")
def demo(
    out: Out = Path("out"),
    live: Annotated[
        bool,
        typer.Option("--live", help="Real vendors whose keys are set. Costs credits."),
    ] = False,
    prompt: Annotated[
        str, typer.Option()
    ] = "A lighthouse on a cliff at dusk, long exposure",
) -> None:
    """One request to each provider at once, against the mock, with a live view."""
    from ._console import stdout
    from ._demo import run_demo

    if not live:
        _import_mock()
    with failures_as_exit_codes():
        check_folder(out)
        raise typer.Exit(run_demo(prompt, out, live=live, console=stdout))


def _import_mock() -> Any:
    try:
        require("mock", by="imagetasks_mock")
    except ImportError as error:
        say(error)
        raise typer.Exit(2) from error
    import imagetasks_mock

    return imagetasks_mock
