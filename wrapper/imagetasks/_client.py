"""Client: sends, sleeps and hands out. What to do is decided in _poll, _submit and _fleet."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for_futures
from contextlib import closing
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

import httpx

from ._access import Access, access_from_env
from ._base_client import USER_AGENT, BaseClient, address, raised_unless, unless_failed
from ._call import Call, read_answer
from ._download import Downloader
from ._errors import ImageTasksError, ProviderError
from ._fleet import Exchange, Fleet, OnUpdate, Outcome, take_in
from ._poll import PollPolicy, check_timeout
from ._task import ImageRequest, Task
from ._transport import Sender

T = TypeVar("T")

THREADS = 16
"""Exchanges at once of one `as_completed` or `wait_all`."""


class Client(BaseClient[Sender]):
    """
    One client for many providers. Threads may share it; the `with` block, or `close`, closes it.

        with Client({"akool": "KEY"}) as client:
            task = client.run("akool", ImageRequest("a lighthouse"), timeout=600)

    `transport` takes an httpx transport (a proxy, a CA, a mock). `clock`, `sleep` and `rng` are for tests.
    """

    def __init__(
        self,
        access: Mapping[str, Access | str],
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        super().__init__(access, policy, lambda c: Sender(c, transport), clock, rng)
        self._sleep = sleep
        self._downloader = Downloader(transport, USER_AGENT)

    @classmethod
    def from_env(
        cls,
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.BaseTransport | None = None,
    ) -> Self:
        """
        A client for every provider whose `<PROVIDER>_API_KEY` is set; `<PROVIDER>_BASE_URL` is read too.

        Raises AuthenticationError, naming the variables, when none is.
        """
        return cls(access_from_env(), policy=policy, transport=transport)

    def submit(self, provider: str, request: ImageRequest) -> Task:
        """
        Create a task. It is never sent again once it may have arrived, unless the vendor deduplicates.

        Raises UnsupportedRequest or InvalidRequest before anything is sent, another ProviderError when the vendor
        refuses, TaskFailed when it refuses by a failed task, SubmitOutcomeUnknown when nobody can tell.
        """
        return self._submit(provider, request, timeout=None)

    def _submit(
        self, provider: str, request: ImageRequest, timeout: float | None
    ) -> Task:
        submission = self._begin_submit(provider, request, timeout)
        while True:
            step = submission.next_attempt(now=self._clock())
            self._pause(step.after)
            sent_at = datetime.now(UTC)
            try:
                task = self._send(provider, submission.call, timeout=step.timeout)
            except ProviderError as error:
                submission.record_failure(error, now=self._clock(), sent_at=sent_at)
            else:
                return self._accepted(task)

    @overload
    def fetch(self, task: Task, /) -> Task: ...
    @overload
    def fetch(self, provider: str, task_id: str, /) -> Task: ...
    def fetch(self, task: Task | str, task_id: str = "", /) -> Task:
        """One look at a task, whatever its state. One exchange, never repeated. Raises ProviderError."""
        provider, known = address(task, task_id)
        call = self._fetch_call(provider, known)
        try:
            return self._send(provider, call, timeout=self._policy.attempt)
        except ProviderError as error:
            error.task = task if isinstance(task, Task) else None
            raise

    def wait(
        self,
        task: Task,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """
        Fetch until the task has succeeded. A task that is terminal already makes no request.

        `timeout`: seconds for the whole call, instead of `policy.deadline`. `on_update` is called with the task at
        each change of state. Raises TaskFailed, WaitTimeout, PollOutage, UnknownState, or the ProviderError that
        no further fetch can heal; each carries `task`, to wait on from.
        """
        poll = self._begin_wait(task, timeout)
        call = self._fetch_call(task.provider, task.id)
        while (step := poll.next_fetch(now=self._clock())) is not None:
            self._pause(step.after)
            answer = self._try(task.provider, call, timeout=step.timeout)
            take_in(poll, answer, now=self._clock(), on_update=on_update)
        return unless_failed(poll.task)

    def run(
        self,
        provider: str,
        request: ImageRequest,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """`submit` and `wait` within one `timeout`; `on_update` also gets the task as it was accepted."""
        began = self._clock()
        budget = check_timeout(self._policy.deadline if timeout is None else timeout)
        task = self._submit(provider, request, budget)
        if on_update is not None:
            on_update(task)
        left = max(budget - (self._clock() - began), 0.0)
        return self.wait(task, timeout=left, on_update=on_update)

    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task]: ...
    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task | ImageTasksError]: ...
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task | ImageTasksError]:
        """
        Tasks of any providers, each as it ends.

        Raises at the first error, the other tasks stay resumable; with `return_errors` the error comes in the
        task's place instead, with the task in its `task`.
        """
        fleet = self._begin_waits(tasks, timeout, THREADS, on_update)
        return self._each(fleet, return_errors)

    @overload
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> list[Task]: ...
    @overload
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]: ...
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Any:
        """`as_completed`, but all of them, in the order they were given."""
        fleet = self._begin_waits(tasks, timeout, THREADS, on_update)
        ended: dict[int, Outcome] = {}
        with closing(self._outcomes(fleet)) as outcomes:
            for n, what in outcomes:
                ended[n] = raised_unless(return_errors, what)
        return [ended[n] for n in sorted(ended)]

    def download(
        self, task: Task, folder: str | PathLike[str], *, timeout: float = 600
    ) -> list[Path]:
        """
        Save the artifacts of a task as `{provider}-{id}-{n}.{extension}`, in vendor order.

        The folder is made if need be. A file appears whole or not at all, and never in the place of another one; a
        repeat finds its own files and leaves them. Goes out without credentials, over https (plain http on loopback
        only). `timeout`: seconds for the whole call. Raises DownloadError, and ArtifactExpired for what is gone.
        """
        return self._downloader.download(task, Path(folder), timeout=timeout)

    def close(self) -> None:
        for sender in self._senders.values():
            sender.close()
        self._downloader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _pause(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)

    def _send(self, provider: str, call: Call[T], *, timeout: float) -> T:
        response = self._senders[provider].send(call.kwargs, timeout=timeout)
        return read_answer(provider, call, response)

    def _try(
        self, provider: str, call: Call[T], *, timeout: float
    ) -> T | ProviderError:
        try:
            return self._send(provider, call, timeout=timeout)
        except ProviderError as error:
            return error

    def _each(self, fleet: Fleet, return_errors: bool) -> Iterator[Outcome]:
        with closing(self._outcomes(fleet)) as outcomes:
            for _, ended in outcomes:
                yield raised_unless(return_errors, ended)

    def _outcomes(self, fleet: Fleet) -> Generator[tuple[int, Outcome]]:
        running: dict[Future[Task | ProviderError], int] = {}
        pool = ThreadPoolExecutor(THREADS, thread_name_prefix="imagetasks")
        try:
            while True:
                for exchange in fleet.start(now=self._clock()):
                    running[pool.submit(self._fetch_for, exchange)] = exchange.n
                while fleet.outcomes:
                    yield fleet.outcomes.popleft()
                if fleet.is_over:
                    return
                pause = (
                    None if fleet.next_due is None else fleet.next_due - self._clock()
                )
                if not running:
                    self._pause(pause or 0.0)
                    continue
                done, _ = wait_for_futures(running, pause, FIRST_COMPLETED)
                for future in done:
                    fleet.finish(
                        running.pop(future), future.result(), now=self._clock()
                    )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _fetch_for(self, exchange: Exchange) -> Task | ProviderError:
        task = exchange.task
        call = self._fetch_call(task.provider, task.id)
        return self._try(task.provider, call, timeout=exchange.timeout)
