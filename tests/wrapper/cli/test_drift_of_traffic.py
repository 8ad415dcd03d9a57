"""`imagetasks drift FILE.har`: kept traffic against the specs, and files that are no HAR."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from imagetasks.cli import program
from typer.testing import CliRunner, Result

AKOOL = "https://openapi.akool.com/api/open/v3/content/image/infobymodelid"


def entry(url: str, answer: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    content = {"text": json.dumps(answer), "mimeType": "application/json"} | more
    return {
        "startedDateTime": "2026-04-22T09:00:32.000Z",
        "request": {"method": "GET", "url": url},
        "response": {"status": status, "headers": [], "content": content},
    }


def drift(folder: Path, har: Any) -> Result:
    file = folder / "traffic.har"
    file.write_bytes(har if isinstance(har, bytes) else json.dumps(har).encode())
    return CliRunner(env={"COLUMNS": "300"}).invoke(program(), ["drift", str(file)])


def har(*entries: Any) -> dict[str, Any]:
    return {"log": {"version": "1.2", "entries": list(entries)}}


DENIED = {"code": 1003, "msg": "Parameter error"}
NEW = {**DENIED, "hint": "try again"}


@pytest.mark.parametrize(
    "url",
    [
        f"{AKOOL}?image_model_id=1",
        "http://127.0.0.1:8765/akool/api/open/v3/content/image/infobymodelid",
    ],
)
def test_what_the_spec_does_not_know_is_listed(tmp_path, url):
    found = drift(tmp_path, har(entry(url, NEW), entry(url, NEW), entry(url, DENIED)))
    assert found.exit_code == 1
    assert "akool getImage 200" in found.stdout
    assert "/hint" in found.stdout
    assert "extra field" in found.stdout
    assert "2026-04-22 09:00" in found.stdout
    assert "3 answers were held against the specs" in found.stderr


def test_traffic_as_documented_has_no_drift(tmp_path):
    found = drift(tmp_path, har(entry(AKOOL, DENIED)))
    assert (found.exit_code, "no drift" in found.stdout) == (0, True)


def test_what_is_no_vendors_or_has_no_answer_is_counted(tmp_path):
    lost = entry(AKOOL, DENIED, status=0)
    other = entry("https://example.com/", {})
    found = drift(tmp_path, har(lost, other))
    assert found.exit_code == 0
    assert "0 answers were held" in found.stderr
    assert "2 requests are no vendor's" in found.stderr


def test_a_body_in_base64_and_a_byte_order_mark_are_read(tmp_path):
    text = base64.b64encode(json.dumps(NEW).encode()).decode()
    kept = har(entry(AKOOL, None, text=text, encoding="base64"))
    found = drift(tmp_path, b"\xef\xbb\xbf" + json.dumps(kept).encode())
    assert (found.exit_code, "/hint" in found.stdout) == (1, True)


GOOD = entry(AKOOL, NEW)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{"log":\n {"entries": [', "line 2, column"),
        (b"\xff", "not UTF-8"),
        (b"[" * 100_000, "not readable JSON"),
        ([], "the whole is no object"),
        ({}, "/log is missing"),
        ({"log": {"entries": {}}}, "/log/entries is not a list"),
        (har(GOOD, 7), "/log/entries/1 is no object"),
        (
            har(GOOD, {**GOOD, "request": {}}),
            "/log/entries/1/request/method is missing",
        ),
        (
            har({**GOOD, "response": {**GOOD["response"], "status": "200"}}),
            "/log/entries/0/response/status is not a whole number",
        ),
        (
            har({**GOOD, "startedDateTime": "yesterday"}),
            "/log/entries/0/startedDateTime is not a time",
        ),
        (
            har({**GOOD, "startedDateTime": "2026-04-22T09:00:32"}),
            "/log/entries/0/startedDateTime is a time without its zone",
        ),
        (
            har(entry("http://a:b/", NEW)),
            "/log/entries/0/request/url is no URL",
        ),
        (
            har(entry(AKOOL, NEW, text="?", encoding="base64")),
            "/log/entries/0/response/content/text is not base64",
        ),
        (
            har(entry(AKOOL, NEW, encoding="br")),
            "of the encoding 'br', not base64",
        ),
    ],
)
def test_a_broken_har_is_an_error_that_names_the_place(tmp_path, broken, words):
    found = drift(tmp_path, broken)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert "traffic.har" in found.stderr
