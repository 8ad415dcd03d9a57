"""Getting one artifact: where to ask, from which byte, when again, and when to give up. No clock, no socket, no file."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from typing import NamedTuple, NoReturn

from .._errors import ArtifactExpired, DownloadError, ImageTasksError
from .._http.call import retry_after_header
from .._http.environment import UnusableEnvironment
from .._http.files import FileHead, Interrupted
from .._http.unpacking import GZIP, codings
from .._httpx import URL
from .._task import Task
from .hosts import Hosts, Refused
from .items import Item

MAX_FILE = 512 * 2**20
"""Bytes of one artifact."""
RETRIES = 4
PAUSE = 0.5
"""Seconds before the first retry; each further one waits twice as long."""
REDIRECTS = 5

READABLE = (*GZIP, "deflate")
"""What servers pack files in all the same: unpacked ones are asked for."""
GONE = (403, 404, 410)
GONE_BY_ITS_WORDS = (400, 401)
"""
Where the answer is XML or JSON, as those of object stores are. Google's for a signed URL that has expired is a 400
(ExpiredToken), Cloudflare's for credentials that are no longer good a 401; those of the others are among 403 and 404.
"""
LATE = (202, 403, 404)
"""What a host says that does not have the file yet. One that may not be listed hides what is missing behind a 403."""
LATE_PAUSE = 2.0
"""Seconds between two looks at such a host, at most."""
MAY_PASS = (408, 425, 429)


class Ask(NamedTuple):
    """A request to send after so many seconds."""

    after: float
    url: URL
    headers: dict[str, str]


class FileBody(NamedTuple):
    """What an answer's body is: the file from byte `offset` on."""

    offset: int
    total: int | None
    media_type: str


class Gone(Exception):
    """The server has no file, or shows none, under this URL; `error` is for when there is no other one."""

    def __init__(self, error: DownloadError) -> None:
        super().__init__(error)
        self.error = error


class Retrieval:
    """
    One artifact, until it is here or given up.

    | what happened                              | then                                                       |
    |--------------------------------------------|------------------------------------------------------------|
    | cut, stalled, refused, HTTP 408 425 429 5xx| again, up to `RETRIES` times; after Retry-After             |
    | the same, with bytes and a strong ETag here| again, from the byte after the last (Range, If-Range)       |
    | a redirect                                 | followed, up to `REDIRECTS` times, each looked at by `Hosts`|
    | HTTP 202 403 404 before `late_until`       | again until then: the host may be late                      |
    | HTTP 403 404 410; 400 401 in XML or JSON   | once more where the vendor gives another URL: `renew`       |
    | anything else that is not the file         | DownloadError                                               |
    """

    def __init__(
        self,
        item: Item,
        hosts: Hosts,
        *,
        end: float,
        rng: Random,
        late_until: float = float("-inf"),
    ) -> None:
        self.item = item
        self._late_until = min(late_until, end)
        self._late = 0
        self._hosts = hosts
        self._end = end
        self._rng = rng
        self._failures = 0
        self._cause: Exception | None = None
        self._pause = 0.0
        # The strong ETag of the bytes that are here, and the host that gave it.
        self._tag: tuple[str, str] | None = None
        self._start()

    def next_ask(self, *, received: int, now: float) -> Ask:
        """What to ask for, with so many bytes here. Raises DownloadError when the time is up."""
        pause, self._pause = self._pause, 0.0
        self.check_time(now=now + pause)
        self._asked = received if self._can_resume(received) else 0
        headers = {}
        if self._asked and self._tag:
            headers = {"Range": f"bytes={self._asked}-", "If-Range": self._tag[0]}
        return Ask(pause, self._url, headers)

    def check_time(self, *, now: float) -> None:
        """Raises DownloadError when it is up."""
        if now >= self._end:
            self.out_of_time(self._cause)

    def out_of_time(self, cause: Exception | None) -> NoReturn:
        why = f", after {self._cause}" if self._cause else ""
        raise self.item.error(f"there is no time left for it{why}") from cause

    def refused(self, cause: Refused) -> NoReturn:
        raise self.item.error(f"refused, {cause}") from cause

    def unusable(self, cause: UnusableEnvironment) -> NoReturn:
        raise self.item.error(str(cause)) from cause

    def answered(self, response: FileHead, *, now: float) -> FileBody | None:
        """
        What its body is; None where it is not the file, and there is another request to make.

        Raises Gone, and DownloadError.
        """
        status, headers = response.status_code, response.headers
        if response.has_redirect_location:
            self._follow(headers["location"])
            return None
        if status in LATE and self._waits_for_a_late_file(status, now):
            return None
        if status in GONE or (status in GONE_BY_ITS_WORDS and _has_words(response)):
            raise Gone(self._error_of_gone(response))
        if status in MAY_PASS or status >= 500:
            hint = retry_after_header(response.headers)
            self.interrupted(Interrupted(f"HTTP {status}"), pause=hint or 0.0)
            return None
        if self._asked and status in (206, 416) and not self._goes_on(response):
            self._tag = None
            self.interrupted(Interrupted(f"HTTP {status} with another range"))
            return None
        if status != 200 and not (status == 206 and self._asked):
            raise self.item.error(f"HTTP {status}")
        return self._body(response, self._asked if status == 206 else 0)

    def _waits_for_a_late_file(self, status: int, now: float) -> bool:
        backoff = min(PAUSE * 2**self._late, LATE_PAUSE) * self._rng.uniform(0.5, 1.0)
        if now + backoff >= self._late_until:
            return False
        self._late += 1
        self._cause = Interrupted(f"HTTP {status}")
        self._pause = backoff
        self._start()
        return True

    def interrupted(self, cause: Interrupted, *, pause: float = 0.0) -> None:
        """No whole answer came. Raises DownloadError once that was often enough."""
        self._failures += 1
        self._cause = cause
        if self._failures > RETRIES:
            raise self.item.error(f"{cause}, {self._failures} times") from cause
        backoff = PAUSE * 2 ** (self._failures - 1) * self._rng.uniform(0.5, 1.0)
        self._pause = max(backoff, pause)
        self._start()

    def renew(self, gone: Gone, fresh: Task | ImageTasksError | None) -> None:
        """Go on with what the vendor says now of the task. Raises where that is no other URL."""
        error = gone.error
        match fresh:
            case Task():
                item = self.item.of(fresh)
                if item is not None:
                    self.item = item
                    self._tag = None
                    self._start()
                    return
                raise _with_words(error, "asked again, the vendor gives no other URL")
            case ImageTasksError():
                why = f"asked for another URL, the vendor gives none: {fresh}"
                raise _with_words(error, why) from fresh
            case None:
                raise _with_words(error, "with a key, its vendor could be asked again")

    @property
    def url_path(self) -> str:
        return URL(self.item.artifact.url).path

    def _start(self) -> None:
        try:
            artifact = self.item.artifact
            self._url = self._hosts.start(
                artifact.url, provider=self.item.task.provider
            )
        except Refused as cause:
            self.refused(cause)
        self._hops = 0

    def _follow(self, location: str) -> None:
        self._hops += 1
        if self._hops > REDIRECTS:
            raise self.item.error(f"it is redirected more than {REDIRECTS} times")
        try:
            self._url = self._hosts.follow(self._url, location)
        except Refused as cause:
            self.refused(cause)

    def _can_resume(self, received: int) -> bool:
        return bool(received and self._tag and self._tag[1] == self._url.host)

    def _goes_on(self, response: FileHead) -> bool:
        said = response.headers.get("content-range", "")
        return (
            response.status_code == 206
            and re.match(rf"bytes {self._asked}-\d", said) is not None
            and not codings(response.headers.get("content-encoding", ""))
        )

    def _body(self, response: FileHead, offset: int) -> FileBody:
        headers = response.headers
        packed = codings(headers.get("content-encoding", ""))
        if len(packed) > 1:
            # Kilobytes would turn into gigabytes before anyone could count them.
            raise self.item.error("it is packed more than once")
        if packed and packed[0] not in READABLE:
            raise self.item.error("it is packed in a way that was not asked for")
        length = headers.get("content-length", "")
        total = offset + int(length) if length.isdecimal() and not packed else None
        if total is not None and total > MAX_FILE:
            raise self.item.error(f"it is larger than {MAX_FILE} bytes")
        tag = headers.get("etag", "")
        is_strong = tag.startswith('"') and not packed
        self._tag = (tag, self._url.host) if is_strong else None
        return FileBody(offset, total, headers.get("content-type", ""))

    def _error_of_gone(self, response: FileHead) -> DownloadError:
        expires_at = self.item.artifact.expires_at
        if expires_at is None or _now_at(response) < expires_at:
            return self.item.error(f"HTTP {response.status_code}")
        return ArtifactExpired(
            f"{self.item.task}, result {self.item.n}: HTTP {response.status_code}, it expired at "
            f"{expires_at:%Y-%m-%d %H:%M} UTC. Only a new submit helps, and it is billed again",
            task=self.item.task,
        )


def _has_words(response: FileHead) -> bool:
    kind = response.headers.get("content-type", "").lower()
    return "xml" in kind or "json" in kind


def _with_words(error: DownloadError, words: str) -> DownloadError:
    return type(error)(f"{error}; {words}", task=error.task)


def _now_at(response: FileHead) -> datetime:
    """The later of our clock and the server's: `expires_at` was counted from the vendor's times."""
    now = datetime.now(UTC)
    try:
        return max(now, parsedate_to_datetime(response.headers.get("date", "")))
    except (ValueError, TypeError):
        return now
