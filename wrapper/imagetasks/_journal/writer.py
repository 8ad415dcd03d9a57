"""One thread that works on the journal's file, and makes what it wrote durable."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from os import PathLike
from typing import Any, Generic, TypeVar

from .._errors import JournalError, logger
from .._task import Task
from .file import JournalFile, explained

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Writer:
    """
    Takes work from any thread, and does it in the order in which it came.

    A future is done once its work is committed, and on the disk. What comes in while the disk is busy is committed
    together: all who submit at once share one fsync. Work that fails, by whatever exception, fails alone: what it wrote
    is undone, and where that undid the others' too, each is done once more by itself.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        # One name for one file: the lock beside it goes by that.
        self._path = os.path.realpath(os.fsdecode(path))
        self._file = JournalFile(self._path)
        self._process = os.getpid()
        self._waiting: list[_Job[Any]] = []
        # Its thread starts with the first work. A program that ends without `close` does what is waiting first.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="imagetasks-journal")
        self._lock = threading.Lock()
        self._is_closed = False

    def do(
        self,
        work: Work[T],
        *,
        task: Task | None = None,
        otherwise: Work[object] | None = None,
    ) -> Future[T]:
        """
        `task` goes with the error, should there be one; `otherwise` is done instead, then. Work may be done twice: all
        that it changes is in the database. Raises JournalError when it is too late for any work.
        """
        if os.getpid() != self._process:
            raise self.error(
                "it belongs to the process that this one forked from", task
            )
        job = _Job(work, task, otherwise)
        with self._lock:
            if self._is_closed:
                raise self.error("the client is closed", task)
            if not self._waiting:
                try:
                    self._thread.submit(self._work_off)
                except RuntimeError as cause:
                    raise self.error("the program is ending", task) from cause
            self._waiting.append(job)
        return job.done

    def first(self, work: Work[T]) -> T:
        """Work that is done at once, before any other. Raises JournalError."""
        with explained(self._path):
            return work(self._file.connection)

    def error(self, why: str, task: Task | None = None) -> JournalError:
        return JournalError(f"journal {self._path}: {why}", task=task)

    def close(self) -> None:
        """Once all that is waiting is done."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._is_closed = True
        self._thread.shutdown()
        self._file.close()

    def _work_off(self) -> None:
        with self._lock:
            jobs, self._waiting = self._waiting, []
        if not self._commit(jobs):
            for job in jobs:
                self._commit([job])
        for job in jobs:
            job.finish()

    def _commit(self, jobs: list[_Job[Any]]) -> bool:
        """In one transaction. False where that did not come about; a job that is alone then knows why."""
        connection = self._file.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except BaseException as cause:  # somebody has it: that is none of the jobs'
            for job in jobs:
                self._give_up(job, cause)
            return True
        try:
            for job in jobs:
                self._run(job, connection)
            connection.execute("COMMIT")
        except BaseException as cause:
            _undo(connection)
            if len(jobs) == 1:
                self._give_up(jobs[0], cause)
            return False
        return True

    def _run(self, job: _Job[Any], connection: sqlite3.Connection) -> None:
        """Raises what ended the transaction, and with it what all others wrote."""
        connection.execute("SAVEPOINT entry")
        try:
            job.answer = job.work(connection)
            job.failure = None
        except BaseException as cause:
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO entry")
            job.failure = self._failure(cause, job.task)
            if job.otherwise is not None:
                job.otherwise(connection)
        connection.execute("RELEASE entry")

    def _give_up(self, job: _Job[Any], cause: BaseException) -> None:
        job.failure = self._failure(cause, job.task)
        if job.otherwise is not None:
            try:
                job.otherwise(self._file.connection)
            except BaseException as error:
                logger.error("%s", self._failure(error, job.task))

    def _failure(self, cause: BaseException, task: Task | None) -> JournalError:
        if isinstance(cause, JournalError):  # a refusal, which says why
            return cause
        try:
            with explained(self._path):
                raise cause
        except JournalError as error:
            failure = error
        except BaseException:
            failure = self.error(f"it cannot be written ({type(cause).__name__})")
            failure.__cause__ = cause
        failure.task = task
        return failure


def _undo(connection: sqlite3.Connection) -> None:
    # Some errors of SQLite's have ended the transaction already.
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.rollback()


class _Job(Generic[T]):
    def __init__(
        self, work: Work[T], task: Task | None, otherwise: Work[object] | None
    ) -> None:
        self.done: Future[T] = Future()
        # Nobody can cancel it any more: it is done, or it fails.
        self.done.set_running_or_notify_cancel()
        self.work = work
        self.task = task
        self.otherwise = otherwise
        self.failure: JournalError | None = None
        self.answer: T

    def finish(self) -> None:
        if self.failure is None:
            self.done.set_result(self.answer)
        else:
            self.done.set_exception(self.failure)
