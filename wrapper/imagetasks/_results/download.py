"""Saving the results of a task, for threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from os import PathLike
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from .._http.environment import UnusableEnvironment
from .._http.files import FileSource, Interrupted
from .._http.sockets import exchange_ends
from .._httpx import BaseTransport
from .._scheduling.events import Downloaded
from .._task import Task
from .hosts import Refused
from .items import NAME
from .partial import Partial
from .progress import OnProgress
from .retrieval import Gone, Retrieval
from .stores import StoredFile, Stores, files_of, tell_stored
from .task_download import AT_ONCE, DownloadSettings, Fresh, OnSaved, TaskDownload

if TYPE_CHECKING:
    from .sidecar_writing import Sidecars

LINGER = 0.5
"""Seconds for which a download that is broken off waits for its threads to remove what is not whole."""

Sleep = Callable[[float], object]
FetchAgain = Callable[[Task, float], Fresh]
"""Takes the task, and seconds."""


class Downloader:
    """Each call has threads of its own: one for each artifact, up to `AT_ONCE`."""

    def __init__(
        self,
        settings: DownloadSettings,
        transport: BaseTransport | None,
        fetch_again: FetchAgain,
        sleep: Sleep | None,
    ) -> None:
        self._settings = settings
        self._source = FileSource(
            settings.hosts.check_addresses, transport, settings.user_agent
        )
        self._fetch_again = fetch_again
        self._sleep = sleep
        self._running: set[threading.Event] = set()
        self._lock = threading.Lock()
        self._is_closed = False
        self._stores = Stores()

    def download(
        self,
        task: Task,
        folder: Path,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecars: Sidecars | None = None,
        name: str = NAME,
        on_saved: OnSaved | None = None,
    ) -> list[Path]:
        stop = self._begin()
        try:
            download = TaskDownload(
                task,
                folder,
                self._settings,
                timeout=timeout,
                on_progress=on_progress,
                sidecars=sidecars,
                name=name,
                on_saved=on_saved,
            )
            again = _Once(lambda: self._fetch_again(task, download.left))
            call = _Download(download, self._source, again, self._sleep, stop)
            return call.run()
        except _Stopped:
            raise RuntimeError("the client is closed") from None
        finally:
            with self._lock:
                self._running.discard(stop)

    def download_into(
        self,
        store: str | PathLike[str],
        task: Task,
        *,
        timeout: float,
        on_progress: OnProgress | None,
        sidecars: Sidecars | None,
    ) -> list[StoredFile]:
        opened = self._stores.open(store)
        saved: list[Downloaded] = []
        with opened.make_part(task) as part:
            folder = Path(part)
            self.download(
                task,
                folder,
                timeout=timeout,
                on_progress=on_progress,
                sidecars=sidecars,
                on_saved=saved.append,
            )
            for path in files_of(folder):
                opened.put(task, path)
        return tell_stored(store, saved, self._settings.observer)

    def close(self) -> None:
        """Whoever still downloads gets a RuntimeError."""
        with self._lock:
            self._is_closed = True
            for stop in self._running:
                stop.set()
        self._source.close()

    def _begin(self) -> threading.Event:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("the client is closed")
            self._running.add(stop := threading.Event())
            return stop


class _Stopped(Exception):
    """Another artifact of the call failed, or the client was closed."""


class _Once:
    """What the vendor says now of the task, asked for by the first artifact that needs it."""

    def __init__(self, ask: Callable[[], Fresh]) -> None:
        self._ask = ask
        self._answers: list[Fresh] = []
        self._lock = threading.Lock()

    def __call__(self) -> Fresh:
        with self._lock:
            if not self._answers:
                self._answers.append(self._ask())
            return self._answers[0]


class _Ended(NamedTuple):
    """What has become of the artifact `n`, counted from 0."""

    n: int
    path: Path | None
    error: BaseException | None


class _Download:
    """The first artifact that fails stops the others; files that are whole by then stay."""

    def __init__(
        self,
        download: TaskDownload,
        source: FileSource,
        again: _Once,
        sleep: Sleep | None,
        stop: threading.Event,
    ) -> None:
        self._download = download
        self._source = source
        self._again = again
        # A sleep that ends when all shall stop.
        self._sleep = sleep or stop.wait
        self._stop = stop

    def run(self) -> list[Path]:
        # Not an executor: it joins its threads, and so holds up whoever interrupts it, and the end of the program.
        retrievals = self._download.retrievals
        todo: SimpleQueue[tuple[int, Retrieval] | None] = SimpleQueue()
        ended: SimpleQueue[_Ended] = SimpleQueue()

        def carry_out() -> None:
            while (place := todo.get()) is not None:
                n, retrieval = place
                ended.put(_Ended(n, *self._outcome(retrieval)))

        threads = [
            threading.Thread(target=carry_out, name="imagetasks-download", daemon=True)
            for _ in range(min(len(retrievals), AT_ONCE))
        ]
        for place in enumerate(retrievals):
            todo.put(place)
        for _ in threads:
            todo.put(None)
        return self._collect(threads, ended)

    def _collect(
        self, threads: list[threading.Thread], ended: SimpleQueue[_Ended]
    ) -> list[Path]:
        """The first failure is raised once the others have stopped, so that nothing is left of them."""
        left = len(self._download.retrievals)
        paths: dict[int, Path] = {}
        failure: BaseException | None = None
        try:
            for thread in threads:
                thread.start()
            while left:
                n, path, error = ended.get()
                left -= 1
                if path is not None:
                    paths[n] = path
                elif failure is None:
                    failure = error
                    self._stop.set()
        except BaseException:
            self._stop.set()
            _linger(ended, left)
            raise
        if failure is not None:
            raise failure
        return [paths[n] for n in sorted(paths)]

    def _outcome(
        self, retrieval: Retrieval
    ) -> tuple[Path | None, BaseException | None]:
        try:
            return self._save(retrieval), None
        except BaseException as error:
            return None, error

    def _save(self, retrieval: Retrieval) -> Path:
        if self._stop.is_set():
            raise _Stopped
        began = self._download.now()
        with Partial(retrieval.item, self._download.folder) as partial:
            while not self._receive(retrieval, partial):
                pass
            if self._stop.is_set():
                raise _Stopped
            saved = partial.commit(retrieval.url_path)
        self._download.tell(retrieval, saved, began=began)
        self._download.write_sidecar(retrieval, saved)
        return saved.path

    def _receive(self, retrieval: Retrieval, partial: Partial) -> bool:
        """One request, and what comes of it: True when the file is here."""
        ask = self._download.next_ask(retrieval, partial)
        if ask.after > 0:
            self._sleep(ask.after)
        if self._stop.is_set():
            raise _Stopped
        try:
            with (
                exchange_ends(time.monotonic() + self._download.left, self._stop),
                self._source.get(
                    ask.url, ask.headers, stall=self._download.stall
                ) as incoming,
            ):
                body = self._download.answered(retrieval, incoming.response)
                if body is None:
                    return False
                partial.begin(body)
                self._download.report(retrieval, partial, body)
                for chunk in incoming.chunks():
                    self._download.add(chunk, retrieval, partial, body)
                self._download.report(retrieval, partial, body, last=True)
                return True
        except Interrupted as cause:
            if self._stop.is_set():
                raise _Stopped from cause
            retrieval.interrupted(cause)
        except Gone as gone:
            retrieval.renew(gone, self._again())
        except Refused as cause:
            retrieval.refused(cause)
        except UnusableEnvironment as cause:
            retrieval.unusable(cause)
        return False


def _linger(ended: SimpleQueue[_Ended], left: int) -> None:
    """Wait a moment for the threads, as whoever interrupts wants to go on. Those that resolve a name or connect do not notice."""
    until = time.monotonic() + LINGER
    with suppress(Empty):
        for _ in range(left):
            ended.get(timeout=max(until - time.monotonic(), 0.0))
