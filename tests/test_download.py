"""Results on disk: whole or not at all, never over another file, never with the key."""

from __future__ import annotations

import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from broken_server import answer, broken_server, drip_body, reset
from drivers import Script
from imagetasks import (
    Artifact,
    ArtifactExpired,
    DownloadError,
    State,
    Task,
)

XING = "xingchaoyiqing"
PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 1000
URL = "https://cdn.example.com/1.png"


def task(*urls: str, expires_at: datetime | None = None, id: str = "image_1") -> Task:
    return Task(
        provider=XING,
        id=id,
        state=State.SUCCEEDED,
        artifacts=tuple(Artifact(url, expires_at=expires_at) for url in urls),
    )


def picture(
    content: bytes = PNG, media_type: str = "application/octet-stream"
) -> httpx.Response:
    return httpx.Response(200, content=content, headers={"Content-Type": media_type})


def test_files_are_named_and_ordered_as_the_vendor_lists_them(
    connect, tmp_path: Path
) -> None:
    vendor = Script(picture(PNG), picture(b"\xff\xd8\xff jpeg"))
    paths = connect(vendor).download(task(URL, URL + "?2"), tmp_path / "new" / "folder")
    assert [p.name for p in paths] == [f"{XING}-image_1-1.png", f"{XING}-image_1-2.jpg"]
    assert paths[0].read_bytes() == PNG
    assert [p.parent for p in paths] == [tmp_path / "new" / "folder"] * 2
    assert stat.S_IMODE(paths[0].stat().st_mode) & 0o400


@pytest.mark.parametrize(
    ("content", "media_type", "url", "suffix"),
    [
        (b"RIFF1234WEBPVP8 ", "image/png", URL, ".webp"),
        (b"\x00\x00\x00\x18ftypmp42", "", URL, ".mp4"),
        (b"GIF89a", "", URL, ".gif"),
        (b"unknown", "image/png", "https://cdn.example.com/1", ".png"),
        (b"unknown", "", "https://cdn.example.com/a/1.tiff?x=.exe", ".tiff"),
        (b"unknown", "", "https://cdn.example.com/", ".bin"),
    ],
)
def test_the_extension_is_the_contents_own(
    connect, tmp_path: Path, content, media_type, url, suffix
) -> None:
    (path,) = connect(Script(picture(content, media_type))).download(
        task(url), tmp_path
    )
    assert path.suffix == suffix


def test_the_key_does_not_go_to_the_result_host(connect, tmp_path: Path) -> None:
    vendor = Script(picture())
    connect(vendor).download(task(URL), tmp_path)
    sent = vendor.requests[0]
    assert "authorization" not in sent.headers
    assert "x-api-key" not in sent.headers
    assert b"secret-key" not in bytes(str(sent.headers.raw), "ascii")


def test_a_repeat_finds_its_own_file(connect, tmp_path: Path) -> None:
    client = connect(Script(picture()))
    assert client.download(task(URL), tmp_path) == client.download(task(URL), tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_another_file_of_that_name_is_left_alone(connect, tmp_path: Path) -> None:
    precious = tmp_path / f"{XING}-image_1-1.png"
    precious.write_bytes(b"precious")
    with pytest.raises(DownloadError, match="left alone"):
        connect(Script(picture())).download(task(URL), tmp_path)
    assert precious.read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_without_hard_links_it_is_the_same(
    connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError("this file system has none")

    monkeypatch.setattr("os.link", no_links)
    client = connect(Script(picture()))
    (path,) = client.download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert client.download(task(URL), tmp_path) == [path]
    path.write_bytes(b"precious")
    with pytest.raises(DownloadError, match="left alone"):
        client.download(task(URL), tmp_path)
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"precious"]


def test_an_id_cannot_lead_out_of_the_folder(connect, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for evil in ("../../evil", "/etc/passwd", "a\\b", "nul\x00", "x" * 5000):
        (path,) = connect(Script(picture())).download(task(URL, id=evil), folder)
        assert path.resolve().parent == folder.resolve()
    assert {p.name for p in tmp_path.iterdir()} == {"in"}


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.example.com/1.png",
        "http://10.0.0.1/1.png",
        "https://10.0.0.1/1.png",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/1.png",
        "http://169.254.169.254/latest/meta-data",
        "ftp://cdn.example.com/1.png",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
    ],
)
def test_what_is_not_https_is_refused_unasked(
    connect, tmp_path: Path, url: str
) -> None:
    vendor = Script(picture())
    with pytest.raises(DownloadError, match="https") as caught:
        connect(vendor).download(task(URL, url), tmp_path)
    assert vendor.sent == 0
    assert caught.value.task.id == "image_1"


@pytest.mark.parametrize(
    "bad",
    [
        404,
        500,
        httpx.Response(302, headers={"Location": "https://elsewhere.example/1.png"}),
        httpx.Response(200, html="<h1>log in</h1>"),
        httpx.Response(200, content=b""),
        httpx.ReadError("reset"),
    ],
    ids=repr,
)
def test_what_is_no_file_leaves_no_file(connect, tmp_path: Path, bad) -> None:
    vendor = Script(bad)
    with pytest.raises(DownloadError) as caught:
        connect(vendor).download(task(URL), tmp_path)
    assert vendor.sent == 1
    assert not isinstance(caught.value, ArtifactExpired)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_after_its_lifetime_has_expired(
    connect, tmp_path: Path, status
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with pytest.raises(ArtifactExpired, match="expired at"):
        connect(Script(status)).download(task(URL, expires_at=yesterday), tmp_path)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with pytest.raises(DownloadError) as caught:
        connect(Script(status)).download(task(URL, expires_at=tomorrow), tmp_path)
    assert type(caught.value) is DownloadError


def test_expiry_is_advice_a_file_that_is_still_there_is_taken(
    connect, tmp_path: Path
) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert connect(Script(picture())).download(
        task(URL, expires_at=yesterday), tmp_path
    )


def test_a_closed_client_downloads_nothing(driver, tmp_path: Path) -> None:
    client = driver({XING: "key"})
    (client.aclose if hasattr(client.client, "aclose") else client.client.close)()
    with pytest.raises(RuntimeError, match="closed"):
        client.download(task(URL), tmp_path)


def test_there_is_nothing_to_download_before_success(connect, tmp_path: Path) -> None:
    running = Task(provider=XING, id="1", state=State.RUNNING)
    with pytest.raises(DownloadError, match="nothing to download"):
        connect(Script(picture())).download(running, tmp_path)


@pytest.mark.parametrize(
    "fault",
    [reset, answer(PNG, cut=1), drip_body],
    ids=["reset", "truncated", "dripped"],
)
def test_a_broken_transfer_leaves_no_file_and_ends_in_time(
    driver, tmp_path: Path, fault
) -> None:
    with broken_server(fault) as server:
        began = time.monotonic()
        with pytest.raises(DownloadError):
            driver({XING: "key"}).download(
                task(f"{server.url}/1.png"), tmp_path, timeout=0.5
            )
        assert time.monotonic() - began < 1.5
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_a_clear_error(connect, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="no folder"):
        connect(Script(picture())).download(task(URL), tmp_path / "file" / "out")
