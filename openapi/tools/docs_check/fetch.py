"""Pages, from the web or from a folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
from failure import Failure

from .lines import Format

MAX_BYTES = 5_000_000
TOO_LARGE = "not a page: more than 5 MB"
HEADERS = {
    "User-Agent": "imagetasks-docs-check (reads documentation pages, weekly)",
    "Accept": "text/html, text/markdown;q=0.9, text/plain;q=0.8",
    "Accept-Language": "en",
}
SUFFIXES: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "markdown",
    ".mdx": "markdown",
    ".txt": "text",
}
MEDIA_TYPES: dict[str, Format] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/plain": "text",
}
LOGIN_PATH = re.compile(
    r"(?i)/(login|log-in|signin|sign-in|sso|auth|oauth2?|account/login)\b"
)


class Unchecked(Exception):
    """Why a page could not be checked."""


class Source(NamedTuple):
    content: str
    format: Format


def client() -> httpx.Client:
    return httpx.Client(
        headers=HEADERS, timeout=30, follow_redirects=True, max_redirects=5
    )


def from_web(url: str, http: httpx.Client) -> Source:
    try:
        with http.stream("GET", url) as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unchecked(TOO_LARGE)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = re.sub(r"^\[.*?\] *", "", str(error)) or type(error).__name__
        raise Unchecked(f"not fetched: {why}") from error
    _check_answer(url, response)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    if media_type not in MEDIA_TYPES:
        raise Unchecked(f"not a page: its media type is {media_type or 'missing'}")
    return _source(body, response.encoding or "utf-8", MEDIA_TYPES[media_type])


def _check_answer(url: str, response: httpx.Response) -> None:
    asked, came = urlsplit(url), urlsplit(str(response.url))
    if response.status_code == 403:
        raise Unchecked("not fetched: HTTP 403, a login wall or a wall against robots")
    if response.status_code == 401 or (
        response.history and LOGIN_PATH.search(came.path)
    ):
        raise Unchecked(f"a login wall: HTTP {response.status_code} at {response.url}")
    if response.status_code != 200:
        raise Unchecked(f"not fetched: HTTP {response.status_code}")
    if (asked.netloc, asked.path.rstrip("/")) != (came.netloc, came.path.rstrip("/")):
        raise Unchecked(f"moved to {response.url}: look whether that is the page")


def saved(folder: Path) -> dict[str, Path]:
    """The files of a folder, by the name of the page that each is to be. Raises Failure for what is none."""
    if not folder.is_dir():
        raise Failure(f"no such folder: {folder}")
    pages: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or file.is_dir():
            continue
        if file.suffix.lower() not in SUFFIXES:
            raise Failure(f"{file}: a saved page ends with {', '.join(SUFFIXES)}")
        if other := pages.get(file.stem):
            raise Failure(f"{file}: {other.name} is the same page")
        pages[file.stem] = file
    if not pages:
        raise Failure(
            f"no saved pages in {folder}: they are named provider-page.html, .md or .txt"
        )
    return pages


def from_saved(pages: dict[str, Path], name: str) -> Source:
    file = pages.get(name)
    if file is None:
        raise Unchecked("not saved")
    if file.stat().st_size > MAX_BYTES:
        raise Unchecked(TOO_LARGE)
    return _source(file.read_bytes(), "utf-8", SUFFIXES[file.suffix.lower()])


def _source(body: bytes, encoding: str, format: Format) -> Source:
    content = body.decode(encoding, errors="replace")
    # A few broken letters are no reason to read nothing.
    if 100 * len(re.findall("[\0\ufffd]", content)) > len(content):
        raise Unchecked(f"not a page: no text, or not in {encoding}")
    return Source(content, format)
