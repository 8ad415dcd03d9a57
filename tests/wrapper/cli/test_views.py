"""What a run shows: on a terminal of any width, and nowhere else."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from imagetasks import Artifact, ImageRequest, Spending, State, Task, TaskFailed
from imagetasks._journal.reading import Entry
from imagetasks._request import OriginalRequest
from imagetasks._spending.spending import Cost
from imagetasks.cli._cost import Total, cost_table
from imagetasks.cli._history import Known, RunFile
from imagetasks.cli._history_table import history_table
from imagetasks.cli._live import Live
from rich.console import Console


def terminal(width: int, height: int = 12) -> Console:
    return Console(
        file=io.StringIO(),
        force_terminal=True,
        width=width,
        height=height,
        color_system=None,
    )


def task(
    n: int, state: State, provider: str = "xingchaoyiqing", **more: object
) -> Task:
    return Task(provider=provider, id=f"task-number-{n:020}", state=state, **more)  # type: ignore[arg-type]


def shown(live: Live, console: Console) -> list[str]:
    with console.capture() as capture:
        console.print(live._render())
    return [line.rstrip() for line in capture.get().splitlines()]


@pytest.mark.parametrize("width", [40, 100])
def test_a_line_a_task_fits_the_terminal(width: int) -> None:
    console = terminal(width)
    live = Live(console, total=30)
    assert "submitting" in shown(live, console)[0]
    for n in range(30):
        live.accepted(task(n, State.QUEUED, label=f"row {n}"))
    live.changed(task(0, State.RUNNING, label="row 0"))
    first, second, *_, more, bar = shown(live, console)
    assert "row 0" in first
    assert "RUNNING" in first
    assert "QUEUED" in second
    assert first.endswith("0 s")
    assert "and 22 more" in more
    assert "0 of 30 saved" in bar
    assert len(shown(live, console)) <= console.height
    assert max(map(len, shown(live, console))) <= width


def test_what_is_over_leaves_the_view_and_is_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = terminal(80)
    live = Live(console, total=3)
    for n in range(3):
        live.accepted(task(n, State.QUEUED))
    done = task(0, State.SUCCEEDED, artifacts=(Artifact("https://example.com/a.png"),))
    live.changed(done)
    assert "SAVING" in shown(live, console)[0]
    live.saved(done, [Path("out/a.png")])
    failed = task(1, State.FAILED)
    live.failed(TaskFailed("no", task=failed))
    assert len(shown(live, console)) == 2
    assert "1 of 3 saved, 1 failed" in shown(live, console)[-1]
    assert "of ~0 s" in shown(live, console)[0]
    assert capsys.readouterr().out == "out/a.png\n"


def test_what_a_task_takes_is_known_from_earlier_runs() -> None:
    console = terminal(80)
    live = Live(console, total=1, usual={"akool": 42.0})
    live.accepted(task(0, State.QUEUED, provider="akool"))
    assert shown(live, console)[0].endswith("0 of ~42 s")


def known(n: int) -> Known:
    made = task(n, State.SUCCEEDED, label=f"row {n}")
    entry = Entry(
        task=made,
        asked=OriginalRequest(
            ImageRequest("a pier at dusk, long exposure"), has_prompts=True
        ),
        is_open=False,
        sent_at=datetime.now(UTC),
        changed_at=datetime.now(UTC),
        base_url=None,
        digest=None,
        files=(),
        cost=Cost(made.provider, "gpt-image-2", date.today(), 3, 3, 3, False),
    )
    return Known(RunFile(Path("run.db")), entry)


@pytest.mark.parametrize("width", [40, 80])
def test_a_row_of_the_history_fits_the_terminal_and_has_what_commands_take(
    width: int,
) -> None:
    console = terminal(width)
    with console.capture() as capture:
        console.print(history_table([known(1)], width))
    head, row = (line.rstrip() for line in capture.get().splitlines())
    assert row.startswith("task-number-00 ")
    assert "succeeded" in row
    assert "row 1 a" in row
    assert ("credits" in head) == (width == 80)
    assert max(len(head), len(row)) <= width


@pytest.mark.parametrize("width", [40, 80])
def test_the_table_of_costs_fits_the_terminal(width: int) -> None:
    row = Spending("gptimage2api", "gpt-image-2", date.today(), 2, 6, 6, 6, 0)
    total = Total("gptimage2api", 2, 6, 6, 6, 0, 0)
    console = terminal(width)
    with console.capture() as capture:
        console.print(cost_table([row], [total], width))
    assert "\N{HORIZONTAL ELLIPSIS}" not in capture.get()
    words = [line.split() for line in capture.get().splitlines()]
    assert words[1][:2] == ["gptimage2api", "gpt-image-2"]
    assert words[2][:3] == ["gptimage2api", "total", "2"]
