"""What a command is to submit: rows and options become requests, each for one vendor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import imagetasks

from .._task import check_label
from ..providers import PROVIDERS
from ._rows import Row

NAMES = {"reference": "reference_images"}
"""Options that a request has under another name."""
NO_FIELD = ("label", "provider", "video")


@dataclass(frozen=True)
class Job:
    """One request for one vendor, of `count` pictures."""

    provider: str
    request: imagetasks.ImageRequest | imagetasks.VideoRequest
    label: str | None = None
    place: str = ""

    @property
    def count(self) -> int:
        return getattr(self.request, "count", 1)


def jobs_of(
    rows: Iterable[Row], options: Mapping[str, Any], providers: Sequence[str]
) -> list[Job]:
    """Rows speak before options. Raises ValueError, naming the row."""
    jobs = [job for row in rows for job in _jobs_of_row(row, options, providers)]
    _check_keys(jobs)
    return jobs


def _check_keys(jobs: Iterable[Job]) -> None:
    """A vendor that deduplicates answers the second request with the picture of the first."""
    first: dict[tuple[str, str], Job] = {}
    for job in jobs:
        key = job.request.idempotency_key
        if key is None:
            continue
        other = first.setdefault((job.provider, key), job)
        if other is not job:
            places = " and ".join(dict.fromkeys(filter(None, (other.place, job.place))))
            raise ValueError(
                f"{places}{': ' * bool(places)}several requests to {job.provider} have the same idempotency_key; "
                "one key makes one task"
            )


def _jobs_of_row(
    row: Row, options: Mapping[str, Any], providers: Sequence[str]
) -> Iterator[Job]:
    given = {**options, **row.options}
    label = given.get("label")
    named = given.get("provider")
    names = [named] if named is not None else providers
    if not names:
        raise row.error("no vendor: say -p, or give the row one", "provider")
    count = given.get("count", 1)
    is_video = bool(given.get("video") or given.get("first_image"))
    values = {NAMES.get(n, n): v for n, v in given.items() if n not in NO_FIELD}
    kind: type[imagetasks.ImageRequest] | type[imagetasks.VideoRequest]
    kind = imagetasks.VideoRequest if is_video else imagetasks.ImageRequest
    if is_video:  # a vendor makes one at a time
        del values["count"]
    has = {f.name for f in fields(kind)}
    for name, value in values.items():
        if name not in has and value not in (None, ()):
            option = next((o for o, n in NAMES.items() if n == name), name)
            what = "a video" if is_video else "a picture (--video makes videos)"
            raise row.error(f"no option of {what}", option)
    known = {n: v for n, v in values.items() if n in has and v is not None}
    try:
        check_label(label)
        request = kind(**known)
    except (ValueError, TypeError) as cause:
        raise row.error(str(cause)) if row.place else cause from None
    times = count if is_video else 1
    for name in names:
        if name not in PROVIDERS:
            listed = ", ".join(PROVIDERS)
            raise row.error(f"no vendor {name!r}; known: {listed}", "provider")
        for _ in range(times):
            yield Job(name, request, label, row.place)


@dataclass(frozen=True)
class Checked:
    """A job as it would go out: each request with how often it is sent, and the price of all; or why not."""

    job: Job
    requests: Sequence[tuple[imagetasks.RequestPreview, int]] = ()
    price: float | None = None
    refusal: imagetasks.ImageTasksError | None = None


def checked(client: imagetasks.Client, job: Job) -> Checked:
    try:
        client.check(job.provider, job.request)
        adapter = PROVIDERS[job.provider]
        parts = Counter(adapter.split(job.request))
        found = [(client.check(job.provider, each), n) for each, n in parts.items()]
    except imagetasks.ImageTasksError as error:
        return Checked(job, refusal=error)
    prices = [(preview.credits, n) for preview, n in found]
    known = [price * n for price, n in prices if price is not None]
    return Checked(job, found, sum(known) if len(known) == len(prices) else None)


def prices(found: Iterable[Checked]) -> dict[str, float | None]:
    """Credits by vendor; None where no page states the price of all."""
    credits: dict[str, float | None] = {}
    for each in found:
        name = each.job.provider
        if each.refusal is None:
            so_far = credits.get(name, 0.0)
            is_known = so_far is not None and each.price is not None
            credits[name] = (so_far or 0) + (each.price or 0) if is_known else None
    return credits


def price_in_words(found: Iterable[Checked]) -> str:
    """One line, for all of it. Credits of two vendors are two currencies."""
    found = [each for each in found if each.refusal is None]
    tasks = sum(each.job.count for each in found)
    parts = []
    for name in dict.fromkeys(each.job.provider for each in found):
        mine = [each for each in found if each.job.provider == name]
        stated = sum(each.price for each in mine if each.price is not None)
        open_ = sum(each.job.count for each in mine if each.price is None)
        if any(each.price is not None for each in mine):
            parts.append(f"{stated:g} credit{'s' * (stated != 1)} at {name}")
        if open_:
            parts.append(
                f"no page states that of {open_} task{'s' * (open_ != 1)} at {name}"
            )
    return f"Price of {tasks} task{'s' * (tasks != 1)}: {', '.join(parts) or 'none'}"
