"""Whatever comes: the right file, whole, under its name in the folder; or a DownloadError, and nothing was touched."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imagetasks import DownloadError
from imagetasks._results.items import Item
from imagetasks.testing import FakeClock
from support.drivers import AsyncDriver, SyncDriver
from support.examples import law
from support.result_hosts import PNG, URL, XING, Body, reset, task

BAD_CONTENT = [b"<html>no</html>", b'{"error": "no"}', b"no", b""]
STEPS = st.one_of(
    st.sampled_from(["file", "page", "other range", "length", "redirect", "private"]),
    st.sampled_from([201, 204, 206, 302, 304, 400, 403, 404, 410, 416, 429, 500, 599]),
    st.sampled_from([httpx.ReadError, httpx.ConnectTimeout, httpx.RemoteProtocolError]),
    st.integers(0, len(PNG) - 1).map(lambda size: ("cut", size)),
)
TAGS = st.sampled_from([None, '"1"', 'W/"1"', '""', "1"])
URLS = st.one_of(
    st.sampled_from([URL, f"{URL}/../..", "https://[::ffff:10.0.0.1]/", "http://x/"]),
    st.text(max_size=20).map(lambda rest: f"https://{rest}"),
)
FOREIGN = st.sampled_from([None, b"precious", PNG[:99], b""])


class Host:
    """Serves one file, its ranges as well; and before that, each step of a script."""

    def __init__(self, script: list[object], content: bytes, tag: str | None) -> None:
        self._script = iter(script)
        self._content = content
        self._tag = tag

    def __call__(self, request: httpx.Request) -> httpx.Response:
        step = next(self._script, "file")
        match step:
            case ("cut", int(size)):
                return self._answer(request, cut=size)
            case "page":
                return httpx.Response(200, html="<html>log in</html>")
            case "other range":
                headers = {"Content-Range": "bytes 1-9/10"}
                return httpx.Response(206, content=PNG[1:10], headers=headers)
            case "length":
                return httpx.Response(
                    200, headers={"Content-Length": "9"}, stream=Body(PNG)
                )
            case "redirect":
                return httpx.Response(307, headers={"Location": "/elsewhere"})
            case "private":
                headers = {"Location": "https://169.254.169.254/"}
                return httpx.Response(302, headers=headers)
            case int():
                return httpx.Response(step)
            case type():
                raise step("broken")
        return self._answer(request)

    def _answer(self, request: httpx.Request, cut: int | None = None) -> httpx.Response:
        headers = {"ETag": self._tag} if self._tag else {}
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        status, start = 200, 0
        if found and request.headers["if-range"] == self._tag:
            status, start = 206, int(found[1])
            headers["Content-Range"] = f"bytes {start}-/{len(self._content)}"
        body = self._content[start:]
        if cut is not None:
            broken = Body(body[:cut], reset)
            return httpx.Response(status, headers=headers, stream=broken)
        return httpx.Response(status, headers=headers, content=body)


@law
@pytest.mark.parametrize("kind", [SyncDriver, AsyncDriver])
@given(
    id=st.text(min_size=1, max_size=300),
    url=URLS,
    script=st.lists(STEPS, max_size=6),
    content=st.sampled_from([PNG, b"RIFF1234WEBP" + PNG, *BAD_CONTENT]),
    tag=TAGS,
    foreign=FOREIGN,
)
def test_the_right_file_or_an_error_and_nothing_else(
    kind, id: str, url: str, script, content: bytes, tag, foreign
) -> None:
    result = task(url, id=id)
    (stem,) = Item(result, 1, result.artifacts[0]).stems
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "in")
        folder.mkdir()
        there = {folder / f"{stem}.png": foreign} if foreign is not None else {}
        for path, precious in there.items():
            path.write_bytes(precious)
        host = httpx.MockTransport(Host(script, content, tag))
        clock = FakeClock()
        with closing(kind({"akool": "key"}, transport=host, clock=clock)) as client:
            try:
                (path,) = client.download(result, folder, timeout=60)
            except DownloadError:
                pass
            else:
                assert path.parent == folder
                assert path.name.startswith(stem)
                assert content not in BAD_CONTENT
                there[path] = content
        assert clock.elapsed < 60
        assert dict(files(Path(place))) == there


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*"):
        if not path.is_dir():
            yield path, path.read_bytes()


@law
@given(st.lists(st.text(max_size=300), min_size=2, max_size=5, unique=True))
def test_no_two_ids_share_a_name(ids: list[str]) -> None:
    items = [
        Item(each, 1, each.artifacts[0]) for each in (task(URL, id=i) for i in ids)
    ]
    stems = [stem for item in items for stem in item.stems]
    assert len(set(stems)) == len(ids)
    for stem in stems:
        assert re.fullmatch(rf"{XING}-[A-Za-z0-9._-]*-1", stem)
        assert len(stem) < 150


@law
@given(st.text(max_size=300), st.sampled_from(["{label}", "{label}-{model}", "a {n}"]))
def test_a_name_of_any_template_is_one_that_file_systems_take(
    label: str, name: str
) -> None:
    labelled = replace(task(URL, id="x" * 300), label=label, model=label)
    first, *others = Item(labelled, 2, labelled.artifacts[0], name).stems
    for stem in (first, *others):
        assert len(f"{stem}.webp.json".encode()) <= 255
        assert not re.search(r"[/\\:\0]|^[. ]|[. ]$", stem)
    assert len({first, *others}) == 1 + len(others)
