"""What a client writes down before and after each attempt, and at each change of state: in its ledger, and its journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import JournalError, NetworkError, ProviderError
from .._journal.intent import Ending
from .._request import Intent, OriginalRequest, Request, count_of
from .._scheduling.events import Downloaded, Transition
from .._scheduling.scheduler import Outcome
from .._scheduling.wait import Deliver
from .._spending.ledger import Ledger
from .._task import Task
from .submission import Submission

if TYPE_CHECKING:
    from .._journal.journal import Journal


class Bookkeeper:
    """Writes each attempt between two entries: the intent before it leaves, the outcome after it."""

    def __init__(self, journal: Journal | None, limits: Mapping[str, float]) -> None:
        """`limits`: credits that tasks may cost, by vendor."""
        self._journal = journal
        self.ledger = Ledger(limits, journal.books if journal else None)

    @property
    def keeps(self) -> bool:
        """Whether there is a journal."""
        return self._journal is not None

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            raise JournalError(
                "this client keeps no journal: make one with journal='tasks.db'"
            )
        return self._journal

    def write_intent(self, submission: Submission) -> Future[None] | None:
        """Before an attempt leaves: it may not until this is done. Raises BudgetExceeded."""
        reserved = self.ledger.reserve(submission)
        if self._journal is None:
            return None
        return self._journal.open(submission.open_intent(), reserved=reserved)

    def write_outcome(
        self, submission: Submission, result: list[Outcome] | BaseException
    ) -> Future[None] | None:
        """
        After an attempt: an outcome for each task, none where it goes out again, or what was raised.

        No future where nobody should wait: what is broken off has no time to.
        """
        outcomes = result if isinstance(result, list) else [result]
        # A task that was refused in its answer comes as an error.
        found = [getattr(one, "task", one) for one in outcomes]
        intent = submission.intent
        if tasks := [task for task in found if isinstance(task, Task)]:
            accepted = self.ledger.accept(submission, tasks)
            if self._journal is None or intent is None:
                return None
            return self._journal.accept(
                intent, tasks, accepted, instead_of=submission.replaces
            )
        if not submission.may_have_arrived:
            self.ledger.free(submission.id)
        if self._journal is None or intent is None:
            return None
        if submission.may_have_arrived:
            self._journal.release(intent)
        elif isinstance(result, NetworkError):
            return self._journal.settle(intent, Ending.NOT_SENT)
        elif isinstance(result, ProviderError):
            return self._journal.settle(intent, Ending.REFUSED)
        else:
            self._journal.withdraw(intent)
        return None

    def write_state(self, provider: str, task_id: str, seen: Task) -> None:
        """`task_id` is the id that was asked for."""
        self.ledger.see(provider, task_id, seen)
        if self._journal is not None:
            self._journal.record_state(provider, task_id, seen)

    def resolve(self, intent: Intent, task: Task) -> Future[None]:
        """It is known which task a submit became."""
        request = intent.request
        count = count_of(request) if isinstance(request, Request) else 1
        accepted = self.ledger.found(intent.id, task, tasks=count)
        return _then(
            self.journal.resolve(intent, task, accepted),
            partial(self.ledger.resolve, intent.id, task, accepted),
        )

    def abandon(self, left: Intent | Task) -> Future[None]:
        """Whoever says so is done with it. What an unknown submit may have cost is free again."""
        done = self.journal.abandon(left)
        if isinstance(left, Intent):
            return _then(done, partial(self.ledger.free, left.id))
        return done

    def request_of(self, task: Task) -> Future[OriginalRequest | None]:
        """What it was made from; None where neither the task nor the journal knows."""
        if task._request is None and self._journal is not None:
            return self._journal.request_of(task)
        known: Future[OriginalRequest | None] = Future()
        known.set_result(OriginalRequest(task._request) if task._request else None)
        return known

    def write_file(self, event: Downloaded) -> None:
        place = _place(event.path, event.store)
        self.journal.record_file(event.task, place, event.size, event.sha256)

    def write_saved(self, task: Task) -> Future[None] | None:
        """All its results are files. What cannot be written of that is logged: the files are there."""
        return None if self._journal is None else self._journal.record_saved(task)

    def writing(self, task: Task, deliver: Deliver) -> Deliver:
        """`deliver`, with each new state of the task written before."""
        if self._journal is None and not self.ledger.knows(task):
            return deliver

        def write(news: Transition | Exception) -> None:
            if isinstance(news, Transition) and (
                news.is_change or news.task.state.is_terminal
            ):
                self.write_state(task.provider, task.id, news.task)
            deliver(news)

        return write

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()


def _place(path: Path, store: str | None) -> str:
    """Where a result is, as a path that holds everywhere, or a URL."""
    if store is not None and "://" in store:
        return f"{store.rstrip('/')}/{path}"
    return os.path.abspath(path if store is None else os.path.join(store, path))


def _then(written: Future[None], book: Callable[[], None]) -> Future[None]:
    """Done once it is written, and then booked. What could not be written is not booked."""
    done: Future[None] = Future()
    done.set_running_or_notify_cancel()  # what is being written cannot be called back

    def finish(written: Future[None]) -> None:
        try:
            written.result()
            book()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    written.add_done_callback(finish)
    return done
