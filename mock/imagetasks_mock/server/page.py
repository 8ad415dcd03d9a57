"""The page for people at `/`, and its files."""

from __future__ import annotations

from importlib.resources import files

from ..http.answers import Answer, Headers
from ..http.requests import Request

_TYPES = {
    "css": b"text/css; charset=utf-8",
    "html": b"text/html; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    b"media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARDS: Headers = (
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"Accept"),
)


def wants_page(request: Request) -> bool:
    """Browsers say so; programs, curl too, take what comes."""
    return "text/html" in request.headers.get("accept", "")


def serve_page(name: str) -> Answer:
    suffix = name.rpartition(".")[2]
    file = files("imagetasks_mock") / "page" / name
    # One folder, and no name that leads out of it.
    if suffix not in _TYPES or "/" in name or "\\" in name or not file.is_file():
        return Answer.json(404, {"error": "the page has no such file"})
    headers = ((b"content-type", _TYPES[suffix]), *_GUARDS)
    return Answer(200, file.read_bytes(), headers)
