"""Pages, from the web or from a folder; and whether what came is the page at all."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from .lines import Format, Line

MAX_BYTES = 5_000_000
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
LOGIN_WORDS = re.compile(
    r"(?i)\b(log ?in|sign ?in)\b.*\b(continue|view|account|access|password|email)\b|^(log|sign) ?in$"
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
                    raise Unchecked(f"more than {MAX_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unchecked(f"not fetched: {str(error) or type(error).__name__}") from error
    _check_answer(url, response)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    if media_type not in MEDIA_TYPES:
        raise Unchecked(f"not a page: its media type is {media_type or 'missing'}")
    content = body.decode(response.encoding or "utf-8", errors="replace")
    return Source(content, MEDIA_TYPES[media_type])


def _check_answer(url: str, response: httpx.Response) -> None:
    asked, came = urlsplit(url), urlsplit(str(response.url))
    if response.status_code in (401, 403) or (
        response.history and LOGIN_PATH.search(came.path)
    ):
        raise Unchecked(f"a login wall: HTTP {response.status_code} at {response.url}")
    if response.status_code != 200:
        raise Unchecked(f"not fetched: HTTP {response.status_code}")
    if (asked.netloc, asked.path.rstrip("/")) != (came.netloc, came.path.rstrip("/")):
        raise Unchecked(f"moved to {response.url}: look whether that is the page")


def from_folder(name: str, folder: Path) -> Source:
    """The page saved as NAME.html, .md or .txt."""
    for suffix, format in SUFFIXES.items():
        file = folder / (name + suffix)
        if file.is_file():
            return Source(file.read_text(encoding="utf-8", errors="replace"), format)
    raise Unchecked(f"not saved in {folder}")


# Is it the page?

SCRIPTS = {
    "zh": r"[\u4e00-\u9fff]",
    "ja": r"[\u3040-\u30ff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
}
# Words that mean nothing, and that each text of the language is full of.
FUNCTION_WORDS = {
    "en": "the of to is and are for with this your you that be will from when it by or can",
    "de": "der die das und ist sind für mit dieser ihre sie nicht ein eine wird von wenn auf den im",
    "fr": "le la les des et est sont pour avec ce votre vous une un sera du quand dans par",
    "es": "el los las y es son para con este su usted una un del cuando en por que se al",
    "pt": "o os as e são para com este seu você uma um do da quando em por que não",
    "it": "il gli e sono per con questo tuo una un del della quando che di non si viene",
}


def check_it_is_a_page(source: Source, lines: list[Line], language: str) -> None:
    """Raises Unchecked for an empty page, a login wall, or another language than it was read in."""
    text = "\n".join(line.text for line in lines)
    words = re.findall(r"[^\W\d_]+", text)
    password = source.format == "html" and re.search(
        r"(?i)<input[^>]+type=[\"']?password", source.content
    )
    if len(words) < 150 and (
        password or any(LOGIN_WORDS.search(line.text) for line in lines)
    ):
        raise Unchecked("a login wall: little more than a form to log in")
    if (letters := sum(map(len, words))) < 60:
        raise Unchecked(f"empty: {letters} letters; a script may have to fill it")
    if (found := language_of(text)) not in (language, ""):
        raise Unchecked(f"in another language: {found}, not {language}")


def language_of(text: str) -> str:
    """Empty when there is too little to tell."""
    letters = len(re.findall(r"[^\W\d_]", text))
    for language in ("ja", "ko", "ru", "zh"):
        if len(re.findall(SCRIPTS[language], text)) > letters / 8:
            return language
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    scores = {
        language: sum(words[word] for word in known.split())
        for language, known in FUNCTION_WORDS.items()
    }
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] >= max(8, 1.5 * scores["en"] * (best != "en")) else ""
