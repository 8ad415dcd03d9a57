"""One thread that works on the journal's file, and makes what it wrote durable."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from os import PathLike
from typing import Any, Generic, TypeVar

from .._errors import JournalError
from .._task import Task
from .file import JournalFile, explained

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Writer:
    """
    Takes work from any thread, and does it in the order in which it came.

    A future is done once its work is committed, and on the disk. What comes in while the disk is busy is committed
    together: all who submit at once share one fsync.
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

    def do(self, work: Work[T], *, task: Task | None = None) -> Future[T]:
        """`task` goes with the error, should there be one. Raises JournalError when it is too late for any work."""
        if os.getpid() != self._process:
            raise self.error(
                "it belongs to the process that this one forked from", task
            )
        job = _Job(work, task)
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
        connection = self._file.connection
        try:
            with explained(self._path):
                connection.execute("BEGIN IMMEDIATE")
                for job in jobs:
                    job.run(connection)
                connection.execute("COMMIT")
        except Exception as error:
            if connection.in_transaction:
                connection.rollback()
            for job in jobs:
                job.fail(error)
        else:
            for job in jobs:
                job.finish()


class _Job(Generic[T]):
    def __init__(self, work: Work[T], task: Task | None) -> None:
        self.done: Future[T] = Future()
        self._work = work
        self._task = task
        self._refusal: JournalError | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        try:
            self._answer = self._work(connection)
        except (
            JournalError
        ) as refusal:  # of this one alone, and before it wrote anything
            self._refusal = refusal

    def finish(self) -> None:
        if self._refusal is None:
            self.done.set_result(self._answer)
        else:
            self.done.set_exception(self._refusal)

    def fail(self, cause: Exception) -> None:
        if isinstance(cause, JournalError):
            # One each: whoever waits adds a traceback to it.
            cause, of_all = JournalError(str(cause), task=self._task), cause
            cause.__cause__ = of_all.__cause__
        self.done.set_exception(cause)
