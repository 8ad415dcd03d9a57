"""The exchanges about a task that is there already, and what their answers mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .._drift.drift import Drift
from .._drift.recorder import DriftRecorder
from .._errors import AuthenticationError, ProviderError
from .._http.answer import Answer
from .._http.call import Call, about_task, of_a_gateway, read_answer
from .._http.servers import keep_address
from .._task import Task, check_id
from . import PROVIDERS
from ._accounts import Accounts

T = TypeVar("T")


class Calls:
    """Makes the calls, reads their answers, and remembers where these differ from the specs."""

    def __init__(self, accounts: Accounts, on_seen: Callable[[Task], object]) -> None:
        """`on_seen` is called with each snapshot of a task that is there already."""
        self._accounts = accounts
        self._on_seen = on_seen
        self._drift = DriftRecorder()

    @property
    def drift(self) -> tuple[Drift, ...]:
        return self._drift.seen

    def fetch(
        self, provider: str, task_id: str, snapshot: Task | None = None
    ) -> Call[Task]:
        """`snapshot`: an earlier snapshot of it, for what no answer tells."""
        check_id(provider, task_id)
        adapter = self._accounts.provider(provider)
        call = about_task(provider, task_id, adapter.fetch(task_id), snapshot)
        if snapshot is None or snapshot._status_url is None:
            return call
        return self._accounts.servers[provider].follow(call, snapshot._status_url)

    def fetch_again(self, task: Task) -> Call[Task] | None:
        """To read a task once more, where the client can."""
        try:
            return self.fetch(task.provider, task.id, task)
        except (AuthenticationError, ValueError):
            return None

    def balance(self, provider: str) -> Call[float]:
        return self._accounts.provider(provider).balance()

    def cancel(self, task: Task) -> Call[Task]:
        check_id(task.provider, task.id)
        call = self._accounts.provider(task.provider).cancel(task.id)
        call = about_task(task.provider, task.id, call, task)
        return call.map(lambda seen: keep_address(seen, task._status_url))

    def read(self, provider: str, call: Call[T], response: Answer) -> T:
        """The value of an answer, which is held against the spec before."""
        answers = PROVIDERS[provider].answers
        self._drift.look(provider, answers, call.kwargs, response)
        value = read_answer(provider, call, response)
        if isinstance(value, Task):
            self._on_seen(value)
        return value

    def read_polled(self, provider: str, call: Call[T], response: Answer) -> T:
        """`read` for a wait: what the vendor does not document as its refusal is no reason to give up a paid task."""
        try:
            return self.read(provider, call, response)
        except ProviderError as error:
            is_success = response.status_code in call.successes
            is_refused = not is_success and not error.retryable
            refusals = PROVIDERS[provider].refusals
            if is_refused and not refusals.documents(
                response.status_code, response.json
            ):
                raise of_a_gateway(provider, response) from error
            raise
