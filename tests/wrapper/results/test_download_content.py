"""What bytes are, and how they are packed: a picture under its own extension, or an error."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import httpx
import pytest
from imagetasks import DownloadError
from support.result_hosts import PNG, URL, Body, Hosts, cut, packed, picture, task


@pytest.mark.parametrize(
    ("content", "media_type", "url", "suffix"),
    [
        (b"RIFF1234WEBPVP8 ", "image/png", URL, ".webp"),
        (b"\x00\x00\x00\x18ftypmp42", "", URL, ".mp4"),
        (b"\x00\x00\x00\x18ftypheic", "", URL, ".heic"),
        (b"GIF89a", "", URL, ".gif"),
        (b"\x00\x00\x00\x1cftypavif\0\0\0\0mif1", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypavis\0\0\0\0msf1", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypavio\0\0\0\0avif", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypMA1A\0\0\0\0avif", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypMA1B\0\0\0\0avif", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1miafavif", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypmiaf\0\0\0\0avifmiaf", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypmsf1\0\0\0\0msf1avis", "", URL, ".avif"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0mif1heic", "", URL, ".heic"),
        (b"\x00\x00\x00\x1cftypmsf1\0\0\0\0hevc", "", URL, ".heic"),
        # Brands are at every fourth byte of the first box, and nowhere else.
        (b"\x00\x00\x00\x14ftypmif1\0\0\0\0heic\0\0\0\x10avif", "", URL, ".heic"),
        (b"\x00\x00\x00\x18ftypmif1\0\0\0\0.avifmi.", "", URL, ".heic"),
        (b"\x00\x00\x00\x18ftypisom\0\0\0\0avis", "", URL, ".mp4"),
        (b"\xff\x0a\xfa\x1f", "", URL, ".jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "", URL, ".jxl"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28", "", URL, ".bmp"),
        (b"II*\0\x08\0\0\0", "", URL, ".tiff"),
        (b"MM\0*\0\0\0\x08", "", URL, ".tiff"),
        (b"II+\0\x08\0\0\0", "", URL, ".tiff"),
        (b"MM\0+\0\x08\0\0", "", URL, ".tiff"),
        (PNG, "text/html", URL, ".png"),
        (b"\0unknown", "image/png", "https://cdn.example.com/1", ".png"),
        (b"\0unknown", "", "https://cdn.example.com/a/1.tiff?x=.exe", ".tiff"),
        (b"\0unknown", "", "https://cdn.example.com/", ".bin"),
        (b"MZ\0unknown", "application/x-msdownload", f"{URL}.exe", ".bin"),
    ],
)
def test_the_extension_is_the_contents_own(
    connect, tmp_path: Path, content, media_type, url, suffix
) -> None:
    host = Hosts({url: picture(content, media_type)})
    (path,) = connect(host).download(task(url), tmp_path)
    assert path.suffix == suffix


@pytest.mark.parametrize(
    ("content", "media_type", "what"),
    [
        (b"\n<!DOCTYPE html><h1>log in</h1>", "image/png", "a web page"),
        (b"\xef\xbb\xbf<html>" + b"x" * 1000, "", "a web page"),
        (b"\0\0", "text/html; charset=utf-8", "a web page"),
        (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "image/png", "XML"),
        (b"<Error><Code>NoSuchKey</Code></Error>", "", "XML"),
        (b"<svg onload='alert(1)'>", "image/svg+xml", "XML"),
        (b' {"error": "expired"}', "image/png", "JSON"),
        (b"not found", "image/png", "text"),
        ("文件不存在".encode("gb18030"), "", "text"),
        ("error".encode("utf-16"), "", "text"),
        (b"BM is not ready", "image/bmp", "text"),
        (b"II* not found", "image/tiff", "text"),
        (b"<?xml version='1.0'?><!-- a picture --><svg/>", "image/svg+xml", "XML"),
        (b"\xef\xbb\xbf\n <svg xmlns='http://www.w3.org/2000/svg'/>", "", "XML"),
        (gzip.compress(b"<svg/>", mtime=0), "image/svg+xml", "XML"),
        (gzip.compress(PNG, mtime=0), "image/png", "a packed file"),
        (b"\x28\xb5\x2f\xfd\x04\x00picture", "image/png", "a packed file"),
    ],
)
def test_an_error_page_is_no_picture_whatever_it_is_called(
    connect, tmp_path: Path, content, media_type, what
) -> None:
    host = Hosts({URL: picture(content, media_type)})
    with pytest.raises(DownloadError, match=f"{what} came instead") as caught:
        connect(host).download(task(URL), tmp_path)
    # What it said is not ours to spread.
    assert not {"expired", "log in", "AccessDenied", "not found"} & set(
        str(caught.value).split("instead")
    )
    assert list(tmp_path.iterdir()) == []


def test_a_packed_file_is_unpacked(connect, tmp_path: Path) -> None:
    (path,) = connect(Hosts({URL: packed(PNG)})).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def sent_as(
    coding: str, body: bytes, *, status: int = 200, **more: str
) -> httpx.Response:
    headers = {"Content-Encoding": coding, "Content-Type": "image/png"} | more
    return httpx.Response(status, headers=headers, stream=Body(body[:9], body[9:]))


TWO_MEMBERS = gzip.compress(PNG[:999], mtime=0) + gzip.compress(PNG[999:], mtime=0)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("x-gzip", gzip.compress(PNG, mtime=0)),
        ("GZip", gzip.compress(PNG, mtime=0)),
        ("gzip", TWO_MEMBERS),
        ("gzip", TWO_MEMBERS + bytes(512)),
        ("aws-chunked, gzip", TWO_MEMBERS),
        ("deflate", zlib.compress(PNG)),
        ("utf-8", PNG),
        ("UTF-8", PNG),
        ("identity", PNG),
        ("aws-chunked", PNG),
        ("aws-chunked, identity", PNG),
        ("identity,aws-chunked", PNG),
        ("", PNG),
    ],
)
def test_a_file_is_read_however_its_packing_is_called(
    connect, tmp_path: Path, coding, body
) -> None:
    host = Hosts({URL: sent_as(coding, body)})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert host.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "coding", ["br", "zstd", "compress", "x", "gzip, br", "br;q=1"]
)
def test_nothing_is_saved_packed(connect, tmp_path: Path, coding) -> None:
    """Also where a picture is inside, and httpx could unpack it."""
    host = Hosts({URL: sent_as(coding, PNG)})
    with pytest.raises(DownloadError, match="packed"):
        connect(host).download(task(URL), tmp_path)
    assert len(host.requests) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("coding", "body"), [("x-gzip", gzip.compress(PNG, mtime=0)), ("gzip", TWO_MEMBERS)]
)
def test_a_packed_file_is_read_also_where_a_transport_gives_it_whole(
    connect, tmp_path: Path, coding, body
) -> None:
    def host(_: httpx.Request) -> httpx.Response:
        return picture(body, Content_Encoding=coding)

    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def test_a_packed_file_that_ends_early_is_asked_for_again(
    connect, tmp_path: Path
) -> None:
    short = sent_as("gzip", gzip.compress(PNG, mtime=0)[:-9])
    host = Hosts({URL: [short, sent_as("gzip", TWO_MEMBERS)]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG


def test_what_is_not_packed_after_all_goes_on_where_it_broke_off(
    connect, tmp_path: Path
) -> None:
    rest = sent_as(
        "utf-8", PNG[99:], status=206, **{"Content-Range": f"bytes 99-{len(PNG) - 1}/*"}
    )
    begun = cut(PNG[:99], **{"ETag": '"1"', "Content-Encoding": "utf-8"})
    host = Hosts({URL: [begun, rest]})
    (path,) = connect(host).download(task(URL), tmp_path)
    assert path.read_bytes() == PNG
    assert host.requests[1].headers["range"] == "bytes=99-"
