"""The results that the mock serves: pictures and videos as they were asked for, whole or in part."""

from __future__ import annotations

import http.client
import io
import struct
import time
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import pytest
from imagetasks_mock import Mock, serve
from PIL import Image
from support import specs
from support.mocked import BODIES, PROMPT, Vendor

KEY = {"Authorization": "Bearer key"}
SOURCE = "https://example.com/source.png"
XING, AIG, AKOOL, GPT = "xingchaoyiqing", "aigptimage", "akool", "gptimage2api"


class Results:
    """Those of a mock's tasks. They are read without a key."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self.http = httpx.Client()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def submit(self, provider: str, body: Any = None, call: str = "") -> Any:
        """The new task."""
        operation = next(o for o in specs.operations(provider) if call in ("", o.id))
        url = self.mock.base_url(provider) + operation.address
        answer = self.http.post(url, json=body or BODIES[provider], headers=KEY)
        assert answer.status_code == 200
        *_, task = self.mock.tasks
        return task

    def url(self, provider: str, body: Any = None, call: str = "") -> str:
        """The one in the status answer of a new task that has ended."""
        task = self.submit(provider, body, call)
        self.mock.clock.advance(4)
        status = specs.status_operation(provider)
        (name,) = (p["name"] for p in status.described["parameters"])
        path = status.path.replace(f"{{{name}}}", task.id)
        query = {} if path != status.path else {name: task.id}
        base_url = self.mock.base_url(provider)
        answer = self.http.get(base_url + path, params=query, headers=KEY)
        (url,) = specs.Lifecycle(provider).urls(answer.json())
        return url

    def video_url(self, **fields: str) -> str:
        body = {"model": "veo3_fast", "prompt": PROMPT, "aspectRatio": "16:9"}
        return self.url(GPT, body | fields, "generateVideo")

    def get(self, url: str, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(url, headers=names)

    def head(self, url: str) -> httpx.Response:
        return self.http.head(url)

    def picture(self, url: str) -> Image.Image:
        return Image.open(io.BytesIO(self.get(url).content))


@pytest.fixture
def mock() -> Iterator[Mock]:
    with serve(speed=0, check=True) as mock:
        yield mock
        assert mock.violations == []


@pytest.fixture
def results(mock: Mock) -> Iterator[Results]:
    with Results(mock) as results:
        yield results


# Pictures.


@pytest.mark.parametrize(
    ("provider", "fields", "size"),
    [
        # "size overrides both resolution and ratio"; these are among the page's examples.
        (XING, {"size": "1536x1024", "ratio": "1:1", "resolution": "2k"}, (1536, 1024)),
        (XING, {"size": "2160x3840"}, (2160, 3840)),
        (XING, {"ratio": "16:9", "resolution": "2k"}, (2048, 1152)),
        (XING, {"ratio": "21:9"}, (1022, 438)),
        (XING, {"ratio": "9:21"}, (438, 1022)),
        (XING, {"ratio": "1:2", "resolution": "4k"}, (1920, 3840)),
        (AKOOL, {"scale": "3:4", "resolution": "1080p"}, (1440, 1920)),
        (AKOOL, {"scale": "16:9", "resolution": "4k"}, (3840, 2160)),
        (GPT, {"aspectRatio": "4:5"}, (816, 1020)),
        (GPT, {"aspectRatio": "21:9"}, (1022, 438)),
        # Left to the model, and to the source image.
        (GPT, {"aspectRatio": "auto"}, (1024, 1024)),
        (
            AKOOL,
            {"scale": "Original", "source_images": [SOURCE], "resolution": "1080p"},
            (1920, 1920),
        ),
    ],
)
def test_the_result_is_a_png_of_the_requested_size(results, provider, fields, size):
    answer = results.get(results.url(provider, BODIES[provider] | fields))
    assert answer.headers["content-type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert (image.format, image.size) == ("PNG", size)


@pytest.mark.parametrize(
    ("provider", "call", "size"),
    [
        (XING, "createImage", (1024, 1024)),  # documented: 1k and 1:1
        (AIG, "createTask", (1024, 1024)),  # documented: 1K
        (AKOOL, "createImage", (3840, 3840)),  # documented: 4k and 1:1
        (AKOOL, "createImageV3", (1024, 1024)),  # 1:1, and no word on pixels
        (GPT, "generateImage", (1024, 1024)),  # not documented
    ],
)
def test_what_a_request_leaves_out_is_the_default(results, provider, call, size):
    url = results.url(provider, BODIES[provider], call)
    assert results.picture(url).size == size


def test_fields_inside_input_count_and_4k_comes_soon(results):
    details = {"prompt": PROMPT, "aspect_ratio": "16:9", "resolution": "4K"}
    url = results.url(AIG, BODIES[AIG] | {"input": details})
    started = time.perf_counter()
    assert results.picture(url).size == (3840, 2160)
    assert time.perf_counter() - started < 15


@pytest.mark.parametrize("make", [lambda results: results.url(GPT), Results.video_url])
def test_two_tasks_have_two_files(results, make):
    assert results.get(make(results)).content != results.get(make(results)).content


@pytest.mark.parametrize("make", [lambda r, **f: r.url(GPT, f), Results.video_url])
def test_one_task_has_one_file_and_its_prompt_is_drawn(make):
    with serve(speed=0, seed=7) as mock, serve(speed=0, seed=7) as same_seed:
        with Results(mock) as results, Results(same_seed) as others:
            url, twin = make(results, prompt=PROMPT), make(others, prompt="a windmill")
            assert urlsplit(url).path == urlsplit(twin).path
            before, other = results.get(url), others.get(twin)
            for n in range(20):  # more than the mock keeps at hand
                results.get(results.url(GPT, {"prompt": "x", "size": f"16x{n + 16}"}))
            after = results.get(url)
    assert after.content == before.content != other.content
    assert after.headers["etag"] == before.headers["etag"] != other.headers["etag"]


# Videos.


DELIMITER, SEQUENCE_HEADER = b"\x12\0", b"\x0a"


class Box:
    """A box of ISO/IEC 14496-12. Those inside have to fill it exactly."""

    HOLDERS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl")

    def __init__(self, kind: bytes, start: int, content: bytes) -> None:
        self.kind, self.start, self.content = kind, start, content
        self.inner = list(boxes(content)) if kind in self.HOLDERS else []

    def __getitem__(self, kind: bytes) -> Box:
        (box,) = (box for box in self.inner if box.kind == kind)
        return box

    def read(self, layout: str, offset: int = 0) -> tuple[Any, ...]:
        return struct.unpack_from(">" + layout, self.content, offset)

    def table(self, layout: str, offset: int = 8) -> list[tuple[Any, ...]]:
        """The rows after version, flags and their number, which fill the rest."""
        rows = list(struct.iter_unpack(">" + layout, self.content[offset:]))
        assert len(rows) == self.read("I", offset - 4)[0]
        return rows


def boxes(content: bytes) -> Iterator[Box]:
    start = 0
    while start < len(content):
        size, kind = struct.unpack_from(">I4s", content, start)
        assert 8 <= size <= len(content) - start
        yield Box(kind, start, content[start + 8 : start + size])
        start += size


def test_a_video_is_an_mp4_with_one_av1_track_for_players(results):
    url = results.video_url()
    answer = results.get(url)
    assert url.endswith(".mp4")
    assert answer.headers["content-type"] == "video/mp4"
    film = {box.kind: box for box in boxes(answer.content)}
    assert list(film) == [b"ftyp", b"free", b"moov", b"mdat"]
    assert film[b"ftyp"].content == b"isom\0\0\2\0isomiso6av01mp41"
    moov = film[b"moov"]
    assert [box.kind for box in moov.inner] == [b"mvhd", b"trak"]
    track, media = moov[b"trak"], moov[b"trak"][b"mdia"]
    assert b"edts" not in [box.kind for box in track.inner]
    assert media[b"hdlr"].read("8x4s") == (b"vide",)
    assert media[b"minf"][b"vmhd"].read("I") == (1,)
    assert media[b"minf"][b"dinf"][b"dref"].content.endswith(b"url \0\0\0\1")  # within

    # Version 1 of each, dated nowhen, in milliseconds and of one length.
    assert moov[b"mvhd"].read("IQQIQ") == (1 << 24, 0, 0, 1000, 2000)
    assert track[b"tkhd"].read("IQQI4xQ") == (1 << 24 | 3, 0, 0, 1, 2000)
    assert media[b"mdhd"].read("IQQIQ") == (1 << 24, 0, 0, 1000, 2000)
    assert track[b"tkhd"].read("II", 88) == (480 << 16, 270 << 16)

    samples = media[b"minf"][b"stbl"]
    assert samples[b"stsd"].read("4xI4x4s24xHH") == (1, b"av01", 480, 270)
    assert b"av1C\x81" in samples[b"stsd"].content
    assert samples[b"stts"].table("II") == [(25, 80)]
    sizes = [size for (size,) in samples[b"stsz"].table("I", 12)]
    assert len(sizes) == 25
    assert samples[b"stsc"].table("III") == [(1, 25, 1)]
    assert samples[b"stss"].table("I")[0] == (1,)
    ((begin,),) = samples[b"stco"].table("I")
    assert begin == film[b"mdat"].start + 8
    assert sum(sizes) == len(film[b"mdat"].content)
    starts = [film[b"mdat"].content[start:][:3] for start in [0, *accumulate(sizes)]]
    assert starts.pop() == b""
    # Each is one temporal unit of AV1, the first one with what a decoder has to know.
    assert all(start.startswith(DELIMITER) for start in starts)
    assert starts[0] == DELIMITER + SEQUENCE_HEADER


def frames(content: bytes) -> list[Image.Image]:
    """Decoded by Pillow, which reads this under another name only."""
    film = Image.open(io.BytesIO(content.replace(b"ftypisom", b"ftypavis", 1)))
    found = []
    for n in range(film.n_frames):
        film.seek(n)
        found.append(film.convert("L"))
    return found


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("16:9", (480, 270)), ("9:16", (270, 480)), ("21:9", (480, 206))],
)
def test_a_video_moves_and_has_the_requested_proportions(results, ratio, size):
    first, *between, last = frames(
        results.get(results.video_url(aspectRatio=ratio)).content
    )
    assert len(between) == 23
    assert first.size == last.size == size
    corner = (size[0] - 4, size[1] - 4)
    assert first.getpixel(corner) < 128 < 230 < last.getpixel(corner)


def test_a_video_model_of_a_call_for_all_kinds_makes_a_video_too(results):
    details = {"prompt": PROMPT, "ratio": "16:9", "aspect_ratio": "1:1"}  # `ratio` wins
    url = results.url(AIG, {"model": "seedance-2.0-text-to-video", "input": details})
    assert frames(results.get(url).content)[0].size == (480, 270)


def test_a_pillow_without_avif_is_said_to_be_the_reason(results, monkeypatch):
    monkeypatch.setattr("PIL.features.check", lambda name: False)
    answer = results.get(results.video_url(prompt="a film that nobody has made yet"))
    assert answer.status_code == 501
    assert "AVIF" in answer.json()["error"]


# Where and for how long.


@pytest.mark.parametrize(
    ("provider", "lifetime"), [(XING, 86_400), (AKOOL, 604_800), (AIG, None)]
)
def test_a_result_expires_when_the_vendor_says_so(mock, results, provider, lifetime):
    url = results.url(provider)
    mock.clock.advance((lifetime or 10**8) - 5)
    assert results.head(url).status_code == 200
    mock.clock.advance(10)
    assert results.head(url).status_code == (403 if lifetime else 200)
    assert results.get(url, range="bytes=0-0").status_code == (403 if lifetime else 206)


def test_there_is_no_result_before_the_end_nor_of_a_failed_task(mock, results):
    task = results.submit(AKOOL)
    url = f"{mock.url}/_results/akool/{task.id}/0.png"
    assert results.head(url).status_code == 404
    task.fail()
    assert results.head(url).status_code == 404


@pytest.mark.parametrize(
    ("right", "wrong"), [(GPT, AIG), ("/0.", "/1."), (".png", ".mp4"), (".png", "")]
)
def test_there_is_no_result_but_at_the_url_that_was_told(results, right, wrong):
    url = results.url(GPT)
    assert results.head(url).status_code == 200
    assert results.head(url.replace(right, wrong)).status_code == 404


def test_the_result_is_where_the_client_sees_the_mock(mock, results):
    with Vendor(mock, XING) as vendor:
        vendor.submit(host="mock.test:4711")
        vendor.submit(host="not a host")
        mock.clock.advance(4)
        answers = [vendor.fetch(task.id).json() for task in mock.tasks]
    assert [answer["image_url"].split("/_results")[0] for answer in answers] == [
        "http://mock.test:4711",
        mock.url,
    ]


def test_results_are_only_read(results):
    answer = results.http.delete(results.url(GPT))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


# In part: RFC 9110, section 14.


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-100", slice(-100, None)),
        ("Bytes=0-1", slice(0, 2)),  # names of units know no case
        ("bytes=-999999999", slice(None)),  # more than there is: all of it
        ("bytes=100-999999999", slice(100, None)),
    ],
)
def test_a_range_is_answered_with_its_part(results, asked, part):
    url = results.url(GPT)
    whole, answer = results.get(url), results.get(url, range=asked)
    assert (whole.status_code, answer.status_code) == (200, 206)
    assert answer.content == whole.content[part]
    first, end, _ = part.indices(length := len(whole.content))
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{length}"
    for same in "content-type", "etag", "accept-ranges":
        assert answer.headers[same] == whole.headers[same]
    assert whole.headers["accept-ranges"] == "bytes"
    assert "content-range" not in whole.headers


def test_the_last_byte_is_there_and_none_after_it(results):
    url = results.url(GPT)
    length = len(results.get(url).content)
    assert results.get(url, range=f"bytes={length - 1}-").status_code == 206
    for asked in f"bytes={length}-", f"bytes={length}-{length + 5}", "bytes=-0":
        answer = results.get(url, range=asked)
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{length}"


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=a-b",
        "bytes=0x0-0x9",
        "bytes=+1-2",
        "bytes=0-1,5-6",
        "pages=1-2",
        f"bytes={'9' * 5000}-",  # more digits than Python's int() takes
    ],
)
def test_what_is_no_single_range_of_bytes_gets_the_whole(results, asked):
    url = results.url(GPT)
    answer = results.get(url, range=asked)
    assert answer.status_code == 200
    assert answer.content == results.get(url).content
    assert "content-range" not in answer.headers


def test_a_range_holds_only_if_the_file_is_the_same(results):
    url, other = results.url(GPT), results.url(GPT)
    tag, foreign = (results.head(u).headers["etag"] for u in (url, other))
    assert not tag.startswith("W/")  # "weak": it would not do for ranges
    part, today = "bytes=0-9", results.mock.clock.http_date().decode()
    assert len(results.get(url, range=part, if_range=tag).content) == 10
    for stale in foreign, f"W/{tag}", tag.strip('"'), today:
        assert results.get(url, range=part, if_range=stale).status_code == 200
        assert (
            results.get(url, range="bytes=999999999-", if_range=stale).status_code
            == 200
        )


@pytest.mark.parametrize("make", [lambda results: results.url(GPT), Results.video_url])
def test_head_has_the_headers_of_get_and_no_body(results, make):
    url = urlsplit(make(results))
    connection = http.client.HTTPConnection(str(url.netloc))
    seen = []
    # On one connection: a body after the answer to HEAD would be taken for the next answer.
    for method, headers in [
        ("HEAD", {}),
        ("HEAD", {"Range": "bytes=0-4"}),
        ("GET", {}),
    ]:
        connection.request(method, url.path, headers=headers)
        answer = connection.getresponse()
        seen.append((answer.status, answer.getheaders()))
        body = answer.read()
    connection.close()
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][0] == 200
    assert dict(seen[0][1])["content-length"] == str(len(body))
    assert len(body) > 1000
