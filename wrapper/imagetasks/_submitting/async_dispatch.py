"""Sends a batch with an asyncio task for each exchange that is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from .._scheduling.scheduler import OnUpdate, Outcome
from .batch import AttemptResult, Batch, Part, Sending
from .dispatch import take_in
from .submission import Attempt, Submission


class AsyncDispatcher:
    """`Dispatcher` for asyncio: the same, on the loop of whoever submits. Cancelling is the interrupt."""

    def __init__(
        self,
        send: Callable[[Submission, Attempt], Coroutine[Any, Any, list[Outcome]]],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]] | None,
    ) -> None:
        self._send = send
        self._clock = clock
        self._sleep = sleep or asyncio.sleep
        self._is_timed = sleep is None

    async def run(self, batch: Batch, on_update: OnUpdate | None) -> None:
        running: set[asyncio.Task[tuple[Part, AttemptResult]]] = set()
        try:
            while not batch.is_over:
                for sending in batch.start(now=self._clock()):
                    running.add(asyncio.create_task(self._carry_out(sending)))
                for ended in await self._rest(batch, running):
                    running.remove(ended)
                    take_in(batch, *ended.result(), on_update)
        finally:
            try:
                for coming in asyncio.as_completed(running):
                    take_in(batch, *await coming, on_update)
            finally:
                for exchange in running:
                    exchange.cancel()

    async def _rest(
        self, batch: Batch, running: set[asyncio.Task[tuple[Part, AttemptResult]]]
    ) -> set[asyncio.Task[tuple[Part, AttemptResult]]]:
        pause = batch.pause(now=self._clock())
        if running:
            done, _ = await asyncio.wait(
                running,
                timeout=pause if self._is_timed else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            return done
        if pause:
            await self._sleep(pause)
        return set()

    async def _carry_out(self, sending: Sending) -> tuple[Part, AttemptResult]:
        part, attempt = sending
        try:
            return part, await self._send(part.submission, attempt)
        except Exception as error:
            return part, error
