"""How fast a contender polls, and what each poll costs it."""

from __future__ import annotations

import asyncio
import time
from typing import NamedTuple
from urllib.request import urlopen

from .contenders import CONTENDERS

WARM_UP = 0.3
LEAST_POLLS = 20


class Speed(NamedTuple):
    cost: float
    """Microseconds of CPU per poll, user and system, of this process with its threads."""
    rate: float
    """Polls per second."""


async def polls_so_far(url: str) -> int:
    def ask() -> int:
        with urlopen(f"{url}/polls") as answer:
            return int(answer.read())

    return await asyncio.to_thread(ask)


async def speed(name: str, url: str, in_flight: int, seconds: float) -> Speed:
    """At full speed, in polls that the vendor counted."""
    polling = asyncio.ensure_future(CONTENDERS[name](url, in_flight, 0.0))
    await asyncio.wait([polling], timeout=WARM_UP)
    before, began, cpu = (
        await polls_so_far(url),
        time.perf_counter(),
        time.process_time(),
    )
    polls = 0
    # On a busy machine the vendor may have got no time at all so far.
    while polls < LEAST_POLLS and not polling.done():
        await asyncio.wait([polling], timeout=seconds)
        spent = time.process_time() - cpu
        polls = await polls_so_far(url) - before
    took = time.perf_counter() - began
    if polling.done():
        polling.result()
        raise RuntimeError(f"{name} stopped polling")
    polling.cancel()
    await asyncio.wait([polling])
    return Speed(spent / polls * 1e6, polls / took)


def measure_speed(name: str, url: str, in_flight: int, seconds: float) -> Speed:
    return asyncio.run(speed(name, url, in_flight, seconds))
