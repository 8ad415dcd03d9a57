"""Saving results: without credentials, whole or not at all, and never over another file."""

from __future__ import annotations

import asyncio
import filecmp
import mimetypes
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

import httpx

from .._errors import ArtifactExpired, DownloadError
from .._http.sockets import (
    TRANSPORT_ERRORS,
    BoundedTransport,
    exchange_ends,
    tls_context,
)
from .._task import Artifact, State, Task

MAX_FILE = 512 * 2**20
"""Bytes of one artifact."""
STALL = 30.0
"""Seconds without a byte."""

SIGNATURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), ".avif"),
    (re.compile(rb"....ftyp", re.DOTALL), ".mp4"),
    (re.compile(rb"\x1aE\xdf\xa3"), ".webm"),
)


class Item(NamedTuple):
    """One artifact on its way to a file."""

    task: Task
    n: int
    artifact: Artifact

    def error(self, why: str) -> DownloadError:
        return DownloadError(f"{self.task}, result {self.n}: {why}", task=self.task)

    @property
    def stem(self) -> str:
        # The id is the vendor's text: it must not lead out of the folder.
        safe = re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.task.provider}-{self.task.id}")
        return f"{safe[:150]}-{self.n}"


class Downloader:
    """For threads. One httpx client per result host."""

    def __init__(self, transport: httpx.BaseTransport | None, user_agent: str) -> None:
        self._transport = transport
        self._headers = {"User-Agent": user_agent}
        self._clients: dict[str, httpx.Client] = {}
        self._closed = False

    def download(self, task: Task, folder: Path, *, timeout: float) -> list[Path]:
        check_open(self._closed)
        end = time.monotonic() + timeout
        return [self._save(item, folder, end) for item in items(task, folder)]

    def close(self) -> None:
        self._closed = True
        for client in self._clients.values():
            client.close()

    def _save(self, item: Item, folder: Path, end: float) -> Path:
        left = end - time.monotonic()
        if left <= 0:
            raise item.error("there is no time left for it")
        with translated(item), Partial(item, folder) as partial, exchange_ends(end):
            url = item.artifact.url
            with self._client(url).stream(
                "GET", url, timeout=min(STALL, left)
            ) as response:
                check_answer(item, response)
                for chunk in response.iter_bytes():
                    if time.monotonic() > end:
                        raise TimeoutError("it took too long")
                    partial.write(chunk)
            return partial.commit(response)

    def _client(self, url: str) -> httpx.Client:
        parts = httpx.URL(url)
        origin = f"{parts.scheme}://{parts.netloc.decode()}"
        if origin not in self._clients:
            transport = self._transport or BoundedTransport(origin)
            self._clients[origin] = httpx.Client(
                transport=transport, headers=self._headers
            )
        return self._clients[origin]


class AsyncDownloader:
    """For one event loop."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, user_agent: str
    ) -> None:
        self._transport = transport
        self._headers = {"User-Agent": user_agent}
        self._client: httpx.AsyncClient | None = None
        self._closed = False

    async def download(self, task: Task, folder: Path, *, timeout: float) -> list[Path]:
        check_open(self._closed)
        end = time.monotonic() + timeout
        return [await self._save(item, folder, end) for item in items(task, folder)]

    async def aclose(self) -> None:
        self._closed = True
        if self._client is not None:
            await self._client.aclose()

    async def _save(self, item: Item, folder: Path, end: float) -> Path:
        left = end - time.monotonic()
        if left <= 0:
            raise item.error("there is no time left for it")
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=self._transport, headers=self._headers, verify=tls_context()
            )
        with translated(item), Partial(item, folder) as partial:
            async with (
                asyncio.timeout(left),
                self._client.stream(
                    "GET", item.artifact.url, timeout=STALL
                ) as response,
            ):
                check_answer(item, response)
                async for chunk in response.aiter_bytes():
                    partial.write(chunk)
            # In a thread: it waits for the disk.
            return await asyncio.to_thread(partial.commit, response)


def check_open(closed: bool) -> None:
    if closed:
        raise RuntimeError("the client is closed")


def items(task: Task, folder: Path) -> Iterator[Item]:
    """The artifacts of a task, each looked at before any is fetched."""
    if task.state is not State.SUCCEEDED or not task.artifacts:
        raise DownloadError(f"{task}: there is nothing to download", task=task)
    found = [
        Item(task, n, artifact) for n, artifact in enumerate(task.artifacts, start=1)
    ]
    for item in found:
        if not is_safe(item.artifact.url):
            raise item.error("refused, its URL is not https to a public host")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise DownloadError(
            f"{task}: no folder {folder}: {cause.strerror}", task=task
        ) from cause
    return iter(found)


def is_safe(url: str) -> bool:
    """https, and to no private address; plain http on this machine only, which is where a mock is."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    try:
        address = ip_address("127.0.0.1" if parts.host == "localhost" else parts.host)
    except ValueError:  # a name
        return parts.scheme == "https" and bool(parts.host)
    if address.is_loopback:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and address.is_global


def check_answer(item: Item, response: httpx.Response) -> None:
    status = response.status_code
    if "," in response.headers.get("content-encoding", ""):
        raise item.error("it is packed more than once")
    if status == 200:
        if "html" in response.headers.get("content-type", ""):
            raise item.error("a web page came instead of a file")
        return
    expires_at = item.artifact.expires_at
    if (
        status in (403, 404, 410)
        and expires_at is not None
        and now_at(response) >= expires_at
    ):
        raise ArtifactExpired(
            f"{item.task}, result {item.n}: HTTP {status}, it expired at {expires_at:%Y-%m-%d %H:%M} UTC",
            task=item.task,
        )
    redirect = " (redirects are not followed)" if 300 <= status < 400 else ""
    raise item.error(f"HTTP {status}{redirect}")


def now_at(response: httpx.Response) -> datetime:
    """The later of our clock and the server's: `expires_at` was counted from the vendor's times."""
    now = datetime.now(UTC)
    try:
        return max(now, parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, TypeError):
        return now


@contextmanager
def translated(item: Item) -> Iterator[None]:
    try:
        yield
    except (*TRANSPORT_ERRORS, TimeoutError) as cause:
        words = " ".join(str(cause).split())
        raise item.error(
            f"{type(cause).__name__}{f': {words}' if words else ''}"
        ) from cause
    except OSError as cause:
        raise item.error(f"it cannot be saved: {cause.strerror or cause}") from cause


class Partial:
    """A file while it comes in, under a temporary name in the same folder."""

    def __init__(self, item: Item, folder: Path) -> None:
        self._item = item
        self._folder = folder
        self._path = folder / f".imagetasks-{uuid4().hex}.part"
        self._size = 0
        self._head = b""
        self._file: IO[bytes]

    def __enter__(self) -> Partial:
        self._file = self._path.open("xb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_FILE:
            raise self._item.error(f"it is larger than {MAX_FILE} bytes")
        if len(self._head) < 16:
            self._head += chunk[:16]
        self._file.write(chunk)

    def commit(self, response: httpx.Response) -> Path:
        """Give the whole file its name. A file of that name stays, and is an error unless it is the same."""
        if not self._size:
            raise self._item.error("it is empty")
        target = self._folder / (self._item.stem + self._extension(response))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        try:
            _move_where_nothing_is(self._path, target)
        except FileExistsError:
            if not filecmp.cmp(self._path, target, shallow=False):
                raise self._item.error(
                    f"{target} is another file, it is left alone"
                ) from None
        return target

    def _extension(self, response: httpx.Response) -> str:
        """By content, else by the server's word, else by the URL."""
        for signature, extension in SIGNATURES:
            if signature.match(self._head):
                return extension
        media_type = response.headers.get("content-type", "").partition(";")[0].strip()
        guessed = mimetypes.guess_extension(media_type) if media_type else None
        suffix = Path(httpx.URL(self._item.artifact.url).path).suffix
        return guessed or (
            suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ".bin"
        )


def _move_where_nothing_is(source: Path, target: Path) -> None:
    """Raises FileExistsError; a rename alone would replace the file that is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: take the name first, then fill it.
        target.touch(exist_ok=False)
        os.replace(source, target)
