"""The tables of `imagetasks providers`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, fields
from typing import Any

from rich.markdown import Markdown
from rich.table import Table

from .._request import ImageRequest, VideoRequest
from ..providers import PROVIDERS, Provider
from ..providers._capabilities import Capability
from ..providers._keys import access_from_env


def providers_table() -> Table:
    keys = access_from_env()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("provider", "key", "poll gap", "results live", "submit twice"):
        table.add_column(column, no_wrap=True)
    for name, provider in PROVIDERS.items():
        table.add_row(
            name,
            "set" if name in keys else "not set",
            gap_in_words(provider),
            life_in_words(provider.lifetime),
            "one task" if provider.idempotency_key(ImageRequest("")) else "maybe two",
        )
    return table


def described_providers() -> Iterator[dict[str, Any]]:
    """What `providers --json` prints."""
    keys = access_from_env()
    for name, provider in PROVIDERS.items():
        images, videos = provider.capabilities.image, provider.capabilities.video
        yield {
            "provider": name,
            "has_key": name in keys,
            "base_url": keys[name].base_url if name in keys else None,
            "poll_gap": provider.poll_gap,
            "result_lifetime": provider.lifetime,
            "deduplicates": provider.idempotency_key(ImageRequest("")) is not None,
            "image": {name: asdict(each) for name, each in images.items()},
            "video": videos and {name: asdict(each) for name, each in videos.items()},
        }


def capabilities_tables() -> Iterator[Table]:
    for heading, *rows in _capabilities():
        table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0))
        for column in heading:
            table.add_column(Markdown(column), overflow="fold")
        for row in rows:
            table.add_row(*map(Markdown, row))
        yield table


def capabilities_markdown() -> str:
    """As it stands in the README."""
    tables = [
        [heading, ["---"] * len(heading), *rows] for heading, *rows in _capabilities()
    ]
    return "\n\n".join(
        "\n".join(f"| {' | '.join(row)} |" for row in table) for table in tables
    )


def _capabilities() -> Iterator[list[list[str]]]:
    """A table for images and one for videos: a row for each field of the request, a column for each provider."""
    every = [provider.capabilities for provider in PROVIDERS.values()]
    images = {each.provider: each.image for each in every}
    videos = {each.provider: each.video for each in every if each.video is not None}
    for request, said in ((ImageRequest, images), (VideoRequest, videos)):
        names = [field.name for field in fields(request)]
        yield [
            [f"`{request.__name__}`", *said],
            *(
                [f"`{name}`", *(_cell(of.get(name)) for of in said.values())]
                for name in names
                if any(name in of for of in said.values())
            ),
        ]


def _cell(capability: Capability | None) -> str:
    if capability is None:
        return "-"
    words = [f"`{capability.sent_as}`" if capability.sent_as else "the body"]
    only_default = () if capability.default is None else (capability.default,)
    words += (
        f"**{value}**" if value == capability.default else str(value)
        for value in (only_default if capability.values is None else capability.values)
    )
    if capability.at_most is not None:
        words.append(f"up to {capability.at_most}")
    return " ".join(words)


def gap_in_words(provider: Provider) -> str:
    least, most = provider.poll_gap
    match least, most:
        case None, None:
            return "not documented"
        case _, None:
            return f"from {least:g} s"
        case None, _:
            return f"to {most:g} s"
        case _:
            return f"{least:g}-{most:g} s"


def life_in_words(seconds: float | None) -> str:
    if seconds is None:
        return "not documented"
    hours = seconds / 3600
    return f"{hours:g} h" if hours <= 24 else f"{hours / 24:g} days"
