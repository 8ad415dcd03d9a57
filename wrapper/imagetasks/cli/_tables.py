"""The table of `imagetasks providers`."""

from __future__ import annotations

from datetime import timedelta

from rich.table import Table

from .._access import access_from_env
from .._request import ImageRequest
from ..providers import PROVIDERS, Provider


def providers_table() -> Table:
    keys = access_from_env()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("provider", "key", "poll gap", "results live", "submit twice"):
        table.add_column(column, no_wrap=True)
    for name, provider in PROVIDERS.items():
        table.add_row(
            name,
            "set" if name in keys else "not set",
            _gap(provider),
            _lifetime(provider.spec.result_lifetime),
            "one task" if provider.idempotency_key(ImageRequest("")) else "maybe two",
        )
    return table


def _gap(provider: Provider) -> str:
    least, most = provider.spec.poll_gap
    match least, most:
        case None, None:
            return "not documented"
        case _, None:
            return f"from {least:g} s"
        case None, _:
            return f"to {most:g} s"
        case _:
            return f"{least:g}-{most:g} s"


def _lifetime(lifetime: timedelta | None) -> str:
    if lifetime is None:
        return "not documented"
    hours = lifetime.total_seconds() / 3600
    return f"{hours:g} h" if hours <= 24 else f"{hours / 24:g} days"
