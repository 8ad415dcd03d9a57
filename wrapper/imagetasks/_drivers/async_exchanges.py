"""The exchanges of a client: each call goes to its provider once, and its answer is read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .._core import Core
from .._errors import ProviderError
from .._forking import keep_as_it_is
from .._http.call import Call
from .._http.sender import AsyncSender
from .._httpx import AsyncBaseTransport
from .._scheduling.scheduler import Exchange, FetchResult
from .._task import Task
from .async_shim import Lifetime

if TYPE_CHECKING:
    from .._results.task_download import Fresh

T = TypeVar("T")


class AsyncExchanges:
    """Sends the calls of a client, through a sender for each provider. Nothing here is repeated."""

    def __init__(
        self, core: Core, lifetime: Lifetime, transport: AsyncBaseTransport | None
    ) -> None:
        self._core = core
        self._lifetime = lifetime
        self._transport = transport
        self._start()

    def _start(self) -> None:
        self._senders = {
            provider: AsyncSender(endpoint, self._transport)
            for provider, endpoint in self._core.endpoints.items()
        }

    def start_anew(self) -> None:
        """In a child that was forked."""
        keep_as_it_is(self._senders)
        self._start()

    async def send(
        self,
        provider: str,
        call: Call[T],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> T:
        self._lifetime.check_usable()
        response = await self._senders[provider].send(
            call.request, timeout=timeout, on_leave=on_leave
        )
        return self._core.calls.read(provider, call, response)

    async def balance(self, provider: str) -> float:
        call = self._core.calls.balance(provider)
        return await self.send(provider, call, timeout=self._core.policy.attempt)

    async def fetch(
        self, provider: str, task_id: str, known: Task | None = None
    ) -> Task:
        call = self._core.calls.fetch(provider, task_id, known)
        return await self._look(provider, task_id, call, known)

    async def cancel(self, task: Task) -> Task:
        call = self._core.calls.cancel(task)
        return await self._look(task.provider, task.id, call, task)

    async def _look(
        self, provider: str, task_id: str, call: Call[Task], known: Task | None
    ) -> Task:
        """One exchange about a task. The journal keeps what it says."""
        try:
            seen = await self.send(provider, call, timeout=self._core.policy.attempt)
        except ProviderError as error:
            error.task = known
            raise
        self._core.books.write_state(provider, task_id, seen)
        return seen

    async def poll(self, exchange: Exchange) -> FetchResult:
        """For the engine."""
        provider, known = exchange.task.provider, exchange.wait.poll.task
        call = self._core.calls.fetch(provider, exchange.task.id, known)
        try:
            response = await self._senders[provider].send(
                call.request, timeout=exchange.timeout
            )
            return exchange.wait.read(
                response.fingerprint,
                partial(self._core.calls.read_polled, provider, call, response),
            )
        except ProviderError as error:
            return error

    async def fetch_again(self, task: Task, timeout: float) -> Fresh:
        """For a result that is gone."""
        call = self._core.calls.fetch_again(task)
        if call is None:
            return None
        timeout = min(timeout, self._core.policy.attempt)
        try:
            return await self.send(task.provider, call, timeout=timeout)
        except ProviderError as error:
            return error

    async def aclose(self) -> None:
        """Each sender is closed, whatever becomes of the others."""
        async with AsyncExitStack() as closing:
            for sender in self._senders.values():
                closing.push_async_callback(sender.aclose)
