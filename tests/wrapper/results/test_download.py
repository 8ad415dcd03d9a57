"""Results on disk: whole or not at all, never over another file, never with the key."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import httpx
import pytest
from imagetasks import Downloaded, DownloadError, Progress, State, Task
from support.result_hosts import PNG, URL, XING, Body, Hosts, cut, packed, picture, task

URLS = [f"https://cdn.example.com/{n}.png" for n in range(1, 10)]
ELSE = "https://cdn.example.com/else.png"


def test_files_are_named_and_ordered_as_the_vendor_lists_them(
    connect, tmp_path: Path
) -> None:
    host = Hosts({URLS[0]: picture(), URLS[1]: picture(b"\xff\xd8\xff jpeg")})
    paths = connect(host).download(task(*URLS[:2]), tmp_path / "new" / "folder")
    assert [p.name for p in paths] == [f"{XING}-image_1-1.png", f"{XING}-image_1-2.jpg"]
    assert paths[0].read_bytes() == PNG
    assert [p.parent for p in paths] == [tmp_path / "new" / "folder"] * 2
    assert stat.S_IMODE(paths[0].stat().st_mode) & 0o400


def test_many_artifacts_come_in_vendor_order(connect, tmp_path: Path) -> None:
    contents = {url: PNG + url.encode() for url in URLS}
    host = Hosts({url: picture(content) for url, content in contents.items()})
    paths = connect(host).download(task(*URLS), tmp_path)
    assert [path.read_bytes() for path in paths] == list(contents.values())
    assert len(list(tmp_path.iterdir())) == len(URLS)


def test_the_key_does_not_go_to_the_result_host(connect, tmp_path: Path) -> None:
    host = Hosts(
        {
            URL: httpx.Response(302, headers={"Location": ELSE}),
            ELSE: picture(),
        }
    )
    connect(host).download(task(URL), tmp_path)
    assert len(host.requests) == 2
    for sent in host.requests:
        assert "authorization" not in sent.headers
        assert "x-api-key" not in sent.headers
        assert b"secret-key" not in bytes(str(sent.headers.raw), "ascii")


# Files


def test_a_repeat_finds_its_own_file(connect, tmp_path: Path) -> None:
    client = connect(Hosts({URL: picture()}))
    assert client.download(task(URL), tmp_path) == client.download(task(URL), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"precious", PNG[:-1] + b"!", b""])
def test_another_file_of_that_name_is_left_alone(
    connect, tmp_path: Path, content
) -> None:
    precious = tmp_path / f"{XING}-image_1-1.png"
    precious.write_bytes(content)
    with pytest.raises(DownloadError, match="not changed"):
        connect(Hosts({URL: picture()})).download(task(URL), tmp_path)
    assert precious.read_bytes() == content
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_link_of_that_name_is_not_followed(connect, tmp_path: Path, there) -> None:
    """Also where what it leads to says the same: the file would be outside of the folder."""
    outside = tmp_path / "outside.png"
    if there:
        outside.write_bytes(PNG)
    folder = tmp_path / "in"
    folder.mkdir()
    link = folder / f"{XING}-image_1-1.png"
    link.symlink_to(outside)
    with pytest.raises(DownloadError, match="not changed"):
        connect(Hosts({URL: picture()})).download(task(URL), folder)
    assert link.is_symlink()
    assert outside.exists() is there
    assert [path.name for path in folder.iterdir()] == [link.name]


def test_without_hard_links_it_is_the_same(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("this file system has none")

    monkeypatch.setattr("os.link", no_links)
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert client.download(task(URL), tmp_path) == [path]
    path.write_bytes(b"precious")
    with pytest.raises(DownloadError, match="not changed"):
        client.download(task(URL), tmp_path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"precious"]


@pytest.mark.parametrize(
    "id",
    ["../../evil", "/etc/passwd", "a\\b", "nul\x00", "CON", "..", "x" * 5000, "\ud800"],
)
def test_an_id_cannot_lead_out_of_the_folder(connect, tmp_path: Path, id) -> None:
    folder = tmp_path / "in"
    (path,) = connect(Hosts({URL: picture()})).download(task(URL, id=id), folder)
    assert path.resolve().parent == folder.resolve()
    assert path.name.startswith(f"{XING}-")
    assert len(path.name) < 255
    assert {p.name for p in tmp_path.iterdir()} == {"in"}


@pytest.mark.parametrize(
    "ids", [("x" * 300 + "1", "x" * 300 + "2"), ("a/b", "a_b"), ("a/b", "a\\b")]
)
def test_two_ids_have_two_names(connect, tmp_path: Path, ids) -> None:
    client = connect(Hosts({URL: picture()}))
    paths = {client.download(task(URL, id=id), tmp_path)[0] for id in ids}
    assert len(paths) == 2


def test_a_full_disk_is_a_clear_error(connect, tmp_path: Path, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DownloadError, match="cannot be saved: No space left"):
        connect(Hosts({URL: picture()})).download(task(URL), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_a_clear_error(connect, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="no folder"):
        connect(Hosts({})).download(task(URL), tmp_path / "file" / "out")


def test_there_is_nothing_to_download_before_success(connect, tmp_path: Path) -> None:
    running = Task(provider=XING, id="1", state=State.RUNNING)
    with pytest.raises(DownloadError, match="nothing to download"):
        connect(Hosts({})).download(running, tmp_path)


# What breaks, and is asked for again


def test_what_may_pass_is_asked_for_again(connect, clock, tmp_path: Path) -> None:
    broken = [503, httpx.ReadError("reset"), cut(PNG[:99]), 408, picture()]
    host = Hosts({URL: broken})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert len(host.requests) == 5
    for n, slept in enumerate(clock.slept):
        assert 0.25 * 2**n <= slept <= 0.5 * 2**n


@pytest.mark.parametrize("bad", [500, 429, httpx.ConnectError("refused")], ids=repr)
def test_what_does_not_pass_is_given_up(connect, tmp_path: Path, bad) -> None:
    host = Hosts({URL: bad})
    with pytest.raises(DownloadError, match="5 times") as caught:
        connect(host).download(task(URL), tmp_path)
    assert len(host.requests) == 5
    assert caught.value.task.id == "image_1"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "bad",
    [
        *[402, 405, 416, 304, 206, 300, 202],
        httpx.Response(400, html="<html>no</html>"),
        httpx.Response(401),
        httpx.Response(200, content=b""),
    ],
    ids=repr,
)
def test_what_is_no_file_is_not_asked_for_again(connect, tmp_path: Path, bad) -> None:
    host = Hosts({URL: bad})
    with pytest.raises(DownloadError):
        connect(host).download(task(URL), tmp_path)
    assert len(host.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_retry_after_is_kept(connect, clock, tmp_path: Path) -> None:
    slow = httpx.Response(429, headers={"Retry-After": "7"})
    assert connect(Hosts({URL: [slow, picture()]})).download(task(URL), tmp_path)
    assert clock.slept == [7]


def test_a_retry_after_beyond_the_timeout_is_not_waited_for(
    connect, clock, tmp_path: Path
) -> None:
    slow = httpx.Response(429, headers={"Retry-After": "61"})
    with pytest.raises(DownloadError, match="no time left for it, after HTTP 429"):
        connect(Hosts({URL: slow})).download(task(URL), tmp_path, timeout=60)
    assert clock.slept == []


def test_a_length_that_is_not_kept_is_a_cut(connect, tmp_path: Path) -> None:
    short = picture(PNG[:-1], Content_Length=str(len(PNG)))
    host = Hosts({URL: [short, picture()]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def test_it_goes_on_where_it_broke_off(connect, tmp_path: Path) -> None:
    """RFC 9110, sections 13.1.5 and 14: If-Range takes a strong ETag only."""
    rest = picture(PNG[99:], status=206, Content_Range=f"bytes 99-{len(PNG) - 1}/*")
    host = Hosts({URL: [cut(PNG[:99], ETag='"1"'), rest]})
    seen: list[Progress] = []
    (path,) = connect(host).download(task(URL), tmp_path, on_progress=seen.append)
    assert path.read_bytes() == PNG
    again = host.requests[1].headers
    assert (again["range"], again["if-range"]) == ("bytes=99-", '"1"')
    assert seen[-1].received == seen[-1].total == len(PNG)


@pytest.mark.parametrize("headers", [{}, {"ETag": 'W/"1"'}, {"ETag": "1"}], ids=repr)
def test_without_a_strong_tag_it_begins_anew(connect, tmp_path: Path, headers) -> None:
    host = Hosts({URL: [cut(PNG[:99], **headers), picture()]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert "range" not in host.requests[1].headers


@pytest.mark.parametrize(
    "instead",
    [
        [picture(PNG[::-1])],
        [416, picture(PNG[::-1])],
        [picture(PNG, status=206, Content_Range="bytes 0-9/9"), picture(PNG[::-1])],
    ],
    ids=["the whole", "no such range", "another range"],
)
def test_a_file_that_is_another_now_is_not_mixed_with_the_old_one(
    connect, tmp_path: Path, instead
) -> None:
    content = b"\x89PNG\r\n\x1a\n" + PNG[::-1]
    instead[-1] = picture(content)
    host = Hosts({URL: [cut(PNG[:99], ETag='"1"'), *instead]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("first", [PNG + PNG, b"<html>"], ids=["longer", "a page"])
def test_nothing_of_a_broken_answer_is_left_in_the_next(
    connect, tmp_path: Path, first
) -> None:
    host = Hosts({URL: [cut(first), picture()]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def test_a_tag_is_good_at_the_host_that_gave_it(connect, tmp_path: Path) -> None:
    there, other = "https://a.example.com/1.png", "https://b.example.com/1.png"
    moved = [httpx.Response(302, headers={"Location": u}) for u in (there, other)]
    host = Hosts(
        {URL: moved, there: cut(PNG[:99], ETag='"1"'), other: picture(ETag='"1"')}
    )
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert all("range" not in request.headers for request in host.requests)


def test_behind_a_redirect_it_goes_on_too(connect, tmp_path: Path) -> None:
    moved = httpx.Response(302, headers={"Location": ELSE})
    rest = picture(PNG[99:], status=206, Content_Range=f"bytes 99-{len(PNG) - 1}/*")
    host = Hosts({URL: moved, ELSE: [cut(PNG[:99], ETag='"1"'), rest]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def test_a_body_that_takes_too_long_ends_over_any_transport(
    connect, clock, tmp_path: Path
) -> None:
    drips = [PNG[:1], lambda: clock.sleep(10)] * 99
    endless = httpx.Response(200, stream=Body(*drips))
    with pytest.raises(DownloadError, match="no time left"):
        connect(Hosts({URL: endless})).download(task(URL), tmp_path, timeout=60)
    assert clock.elapsed == 60


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n"])
def test_a_newline_after_a_url_is_no_part_of_it(connect, tmp_path: Path, end) -> None:
    (path,) = connect(Hosts({URL: picture()})).download(task(f"{URL}{end}"), tmp_path)
    assert path.suffix == ".png"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: picture(Content_Length=str(2**40)), "larger than"),
        (lambda: packed(PNG * 9), "larger than"),
        (lambda: picture(PNG * 9), "larger than"),
        (
            lambda: httpx.Response(200, headers={"Content-Encoding": "br, gzip"}),
            "packed",
        ),
    ],
    ids=["length", "packed", "long", "twice"],
)
def test_what_is_too_large_is_refused(
    connect, tmp_path: Path, monkeypatch, answer, why
) -> None:
    monkeypatch.setattr("imagetasks._results.partial.MAX_FILE", 2 * len(PNG))
    with pytest.raises(DownloadError, match=why):
        connect(Hosts({URL: answer()})).download(task(URL), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_first_failure_ends_it_and_whole_files_stay(
    connect, tmp_path: Path
) -> None:
    host = Hosts({URLS[0]: picture(), URLS[1]: 402} | dict.fromkeys(URLS[2:], 503))
    with pytest.raises(DownloadError):
        connect(host).download(task(*URLS), tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".png"}


# What is told


def test_progress_is_told_in_bytes(connect, tmp_path: Path) -> None:
    host = Hosts({url: picture() for url in URLS})
    seen: list[Progress] = []
    paths = connect(host).download(task(*URLS), tmp_path, on_progress=seen.append)
    for n, path in enumerate(paths, start=1):
        mine = [p for p in seen if p.n == n]
        assert [p.received for p in mine] == sorted(p.received for p in mine)
        assert {p.total for p in mine} == {path.stat().st_size}
        assert (mine[0].received, mine[-1].received) == (0, mine[-1].total)


def test_progress_is_told_ten_times_a_second(connect, clock, tmp_path: Path) -> None:
    chunks = [PNG, lambda: clock.sleep(0.01)] * 100
    host = Hosts({URL: httpx.Response(200, stream=Body(*chunks))})
    seen: list[Progress] = []
    connect(host).download(task(URL), tmp_path, on_progress=seen.append)
    assert len(seen) == pytest.approx(12, abs=1)
    assert seen[-1].received == 100 * len(PNG)


def test_no_size_is_told_where_the_server_tells_none(connect, tmp_path: Path) -> None:
    seen: list[Progress] = []
    connect(Hosts({URL: packed(PNG)})).download(
        task(URL), tmp_path, on_progress=seen.append
    )
    assert (seen[0].total, seen[-1].total) == (None, len(PNG))


@pytest.mark.parametrize(
    "error",
    [ValueError, OSError, TimeoutError, httpx.ReadError],
)
def test_what_on_progress_raises_comes_out_as_it_is(
    connect, tmp_path: Path, error
) -> None:
    mine = error("mine")

    def fail(_: Progress) -> None:
        raise mine

    host = Hosts({URL: picture()})
    with pytest.raises(error) as caught:
        connect(host).download(task(URL), tmp_path, on_progress=fail)
    assert caught.value is mine
    assert len(host.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_each_file_is_told_of_with_its_hash(connect, tmp_path: Path) -> None:
    events: list[object] = []
    client = connect(Hosts({URL: [503, picture()]}), on_event=events.append)
    (path,) = client.download(task(URL), tmp_path)
    client.download(task(URL), tmp_path)
    first, second = events
    assert isinstance(first, Downloaded)
    assert isinstance(second, Downloaded)
    assert (first.task.id, first.n, first.path) == ("image_1", 1, path)
    assert first.sha256 == second.sha256 == hashlib.sha256(PNG).hexdigest()
    assert first.size == len(PNG)
    assert first.took > 0


def test_a_file_that_is_not_there_is_not_told_of(connect, tmp_path: Path) -> None:
    events: list[object] = []
    with pytest.raises(DownloadError):
        connect(Hosts({URL: 402}), on_event=events.append).download(task(URL), tmp_path)
    assert events == []


def test_a_signed_url_is_in_no_message_and_no_log(
    connect, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    url = "https://user:hunter2@cdn.example.com/1.png?signature=hunter2"
    host = Hosts({url: [httpx.ReadError("reset"), picture(), 402, "<html>hunter2"]})
    client = connect(host)
    client.download(task(url), tmp_path)
    for _ in range(2):
        with pytest.raises(DownloadError) as caught:
            client.download(task(url), tmp_path)
        assert "hunter2" not in str(caught.value)
    assert "hunter2" not in caplog.text
    assert not any("authorization" in request.headers for request in host.requests)


def test_a_closed_client_downloads_nothing(connect, tmp_path: Path) -> None:
    client = connect(Hosts({}))
    (client.aclose if hasattr(client.client, "aclose") else client.client.close)()
    with pytest.raises(RuntimeError, match="closed"):
        client.download(task(URL), tmp_path)
