"""One request to each provider at once, and a live view of what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from .. import (
    Access,
    AsyncClient,
    ImageRequest,
    ImageTasksError,
    PollPolicy,
    State,
    Task,
)
from ..providers import PROVIDERS
from ..providers._keys import access_from_env, check_access
from ._live import COLOURS


@dataclass
class VendorRow:
    """What was seen of one provider's task, with the seconds since the start."""

    provider: str
    began: float = field(default_factory=time.monotonic)
    task: Task | None = None
    seen: list[tuple[State, float]] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    failure: str = ""

    def saw(self, task: Task) -> None:
        self.task = task
        self.seen.append((task.state, time.monotonic() - self.began))


def run_demo(prompt: str, out: Path, *, live: bool, console: Console) -> int:
    """Exit code: 0 when every provider gave a picture."""
    with ExitStack() as stack:
        access: Mapping[str, Access | str]
        if live:
            access = check_access(access_from_env())
            policy = PollPolicy()
            console.print(f"The real thing: {', '.join(access)}. Pictures go to {out}/")
        else:
            import imagetasks_mock

            mock = stack.enter_context(
                imagetasks_mock.serve(duration=4, seed=time.time_ns())
            )
            access = {name: mock.access(name) for name in PROVIDERS}
            policy = PollPolicy(min_gap=0.2, max_gap=0.5)
            console.print(
                f"{len(access)} vendors, mocked on {mock.url}. Pictures go to {out}/"
            )
        rows = asyncio.run(_run(access, policy, prompt, out, console))
    if not console.is_terminal:
        console.print()  # a live view that is none leaves the cursor behind its last line
    for file in (file for row in rows for file in row.files):
        console.print(str(file), style="green", soft_wrap=True, markup=False)
    return 1 if any(row.failure for row in rows) else 0


async def _run(
    access: Mapping[str, Access | str],
    policy: PollPolicy,
    prompt: str,
    out: Path,
    console: Console,
) -> list[VendorRow]:
    rows = [VendorRow(provider) for provider in access]
    async with AsyncClient(access, policy=policy) as client:
        # A terminal shows the rows as they change; a pipe or a log gets the last state of them.
        with Live(
            get_renderable=lambda: _table(rows), console=console, refresh_per_second=10
        ) as view:
            await asyncio.gather(*(_fill(row, client, prompt, out) for row in rows))
            view.refresh()
    return rows


async def _fill(row: VendorRow, client: AsyncClient, prompt: str, out: Path) -> None:
    try:
        done = await client.run(
            row.provider,
            ImageRequest(prompt),
            timeout=600,
            on_update=row.saw,
        )
        row.files = await client.download(done, out)
    except ImageTasksError as error:
        row.failure = str(error)


def _table(rows: list[VendorRow]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("provider", no_wrap=True)
    table.add_column("task", overflow="fold")
    table.add_column("states seen", no_wrap=True)
    table.add_column("result", overflow="fold")
    table.add_column("expires", no_wrap=True)
    for row in rows:
        table.add_row(
            row.provider,
            escape(row.task.id) if row.task else "",
            "\n".join(_state(state, after) for state, after in row.seen),
            _result(row),
            _expiry(row),
        )
    return table


def _result(row: VendorRow) -> Text | Spinner:
    if row.failure:
        return Text(row.failure, "red")
    if row.files:
        return Text(
            "\n".join(
                f"{file.stat().st_size / 1000:.0f} kB {file.suffix}"
                for file in row.files
            )
        )
    return Spinner("dots")


def _state(state: State, after: float) -> str:
    return f"[{COLOURS.get(state, 'default')}]{after:5.1f} s  {state.name}[/]"


def _expiry(row: VendorRow) -> str:
    if row.task is None or not row.task.artifacts:
        return ""
    expires_at = row.task.artifacts[0].expires_at
    if expires_at is None:
        return "not documented"
    hours = (expires_at - datetime.now(UTC)).total_seconds() / 3600
    return f"in {hours:.0f} h" if hours < 48 else f"in {hours / 24:.0f} days"
