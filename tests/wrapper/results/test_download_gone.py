"""Results that are gone: the vendor is asked once more, as it may give another URL; else it is said what is left."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import ArtifactExpired, DownloadError, State, Task
from support.result_hosts import PNG, URL, XING, Hosts, picture, task
from support.tasks import body

NEW = "https://cdn.example.com/1.png?signature=new"
VENDOR = "https://zcbservice.aizfw.cn/kyyReactApiServer/v1/result/image_1"
AIG = "https://aigptimage.com/api/v1/jobs/recordInfo?taskId=task_1"
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
TOMORROW = datetime.now(UTC) + timedelta(days=1)


def says(url: str) -> dict[str, object]:
    """What the vendor's page shows of a task that has succeeded."""
    return body("completed") | {"image_url": url}


def says_all(*urls: str) -> dict[str, object]:
    results = json.dumps({"resultUrls": urls})
    data = {"taskId": "task_1", "state": "success", "resultJson": results}
    return {"code": 200, "msg": "success", "data": data}


@pytest.mark.parametrize("status", [403, 404, 410])
@pytest.mark.parametrize(
    "expires_at", [YESTERDAY, TOMORROW, None], ids=["expired", "lasting", "unknown"]
)
def test_another_url_of_the_vendors_is_taken(
    connect, tmp_path: Path, status, expires_at
) -> None:
    host = Hosts({URL: status, VENDOR: says(NEW), NEW: picture()})
    (path,) = connect(host).download(task(URL, expires_at=expires_at), tmp_path)
    assert path.read_bytes() == PNG
    assert host.asked == [URL, VENDOR, NEW]
    assert "authorization" in host.requests[1].headers
    assert "authorization" not in host.requests[2].headers


XML = "<Error><Code>{}</Code><Message>{}</Message></Error>"
# As they are quoted in documentation and reports of the object stores.
STORES = {
    "AWS": (403, "application/xml", XML.format("AccessDenied", "Request has expired")),
    "Cloudflare, before": (400, "application/xml", XML.format("ExpiredRequest", "")),
    "GCS": (400, "application/xml; charset=UTF-8", XML.format("ExpiredToken", "The provided token has expired.")),
    "Azure": (403, "application/xml", XML.format("AuthenticationFailed", "Signature not valid in the specified time frame")),
    "Cloudflare": (401, "application/xml", XML.format("Unauthorized", "")),
    "a gateway": (401, "application/problem+json", '{"title": "expired"}'),
    "a gateway's 400": (400, "application/json", '{"error": "expired"}'),
    "gone": (410, "text/xml", XML.format("Gone", "")),
    "deleted": (404, "application/xml", XML.format("NoSuchKey", "")),
}  # fmt: skip


@pytest.mark.parametrize("store", STORES)
def test_however_a_store_says_that_a_signed_url_is_dead(
    connect, tmp_path: Path, store
) -> None:
    status, kind, words = STORES[store]
    dead = httpx.Response(status, headers={"Content-Type": kind}, text=words)
    signed = f"{URL}?Expires=1&Signature=x"
    host = Hosts({signed: dead, VENDOR: says(NEW), NEW: picture()})
    (path,) = connect(host).download(task(signed), tmp_path)
    assert path.read_bytes() == PNG
    assert host.asked == [signed, VENDOR, NEW]


@pytest.mark.parametrize("status", [400, 401])
def test_a_dead_url_that_the_vendor_cannot_replace_is_an_error(
    connect, tmp_path: Path, status
) -> None:
    """Asked once, also where the other URL dies in the same way."""
    host = Hosts({URL: status, VENDOR: says(NEW), NEW: status})
    with pytest.raises(DownloadError, match=f"HTTP {status}.*no other URL"):
        connect(host).download(task(URL, expires_at=TOMORROW), tmp_path)
    assert host.asked == [URL, VENDOR, NEW]
    with pytest.raises(ArtifactExpired):
        connect(host).download(task(URL, expires_at=YESTERDAY), tmp_path)


# A host that has the file some seconds after the vendor has said that it is done


@pytest.fixture
def done(connect) -> Callable[[Hosts], tuple[Any, Task]]:
    """A client, and the task that it has just seen to have succeeded."""

    def make(host: Hosts) -> tuple[Any, Task]:
        client = connect(host)
        seen = client.wait(Task(provider=XING, id="image_1", state=State.RUNNING))
        host.requests.clear()
        return client, seen

    return make


@pytest.mark.parametrize("status", [202, 403, 404])
@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_late_file_is_waited_for(done, clock, tmp_path: Path, status, times) -> None:
    client, seen = done(Hosts({URL: [*[status] * times, picture()], VENDOR: says(URL)}))
    began = clock.elapsed
    (path,) = client.download(seen, tmp_path)
    assert path.read_bytes() == PNG
    assert clock.elapsed - began < 10


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_there_after_ten_seconds_is_gone(
    done, clock, tmp_path: Path, status
) -> None:
    host = Hosts({URL: status, VENDOR: [says(URL), says(NEW)], NEW: picture()})
    client, seen = done(host)
    began = clock.elapsed
    (path,) = client.download(seen, tmp_path)
    assert path.read_bytes() == PNG
    assert 7 < clock.elapsed - began < 10
    assert host.asked.count(VENDOR) == 1


def test_a_host_that_only_promises_is_an_error_after_ten_seconds(
    done, clock, tmp_path: Path
) -> None:
    client, seen = done(Hosts({URL: 202, VENDOR: says(URL)}))
    with pytest.raises(DownloadError, match="HTTP 202"):
        client.download(seen, tmp_path)
    assert clock.elapsed < 15


def test_a_late_file_is_waited_for_within_the_timeout(
    done, clock, tmp_path: Path
) -> None:
    client, seen = done(Hosts({URL: 404, VENDOR: says(URL)}))
    began = clock.elapsed
    with pytest.raises(DownloadError, match="HTTP 404"):
        client.download(seen, tmp_path, timeout=3)
    assert clock.elapsed - began < 3


def test_ten_seconds_count_from_the_first_sight_of_the_success(
    done, clock, tmp_path: Path
) -> None:
    """Whatever the vendor's times say; and seeing it again does not count."""
    host = Hosts({URL: 404, VENDOR: says(URL)})
    client, seen = done(host)
    clock.sleep(10)
    again = client.fetch(seen)
    host.requests.clear()
    with pytest.raises(DownloadError, match="HTTP 404"):
        client.download(again, tmp_path)
    assert host.asked == [URL, VENDOR]


def test_a_task_from_elsewhere_is_not_waited_for(connect, tmp_path: Path) -> None:
    host = Hosts({URL: 404, VENDOR: says(URL)})
    client = connect(host)
    for _ in range(2):  # what the vendor says meanwhile is no first sight
        host.requests.clear()
        with pytest.raises(DownloadError, match="HTTP 404"):
            client.download(Task.from_token(task(URL).to_token()), tmp_path)
        assert host.asked == [URL, VENDOR]


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_after_its_lifetime_has_expired(
    connect, tmp_path: Path, status
) -> None:
    host = Hosts({URL: status, VENDOR: says(URL)})
    client = connect(host)
    with pytest.raises(ArtifactExpired) as caught:
        client.download(task(URL, expires_at=YESTERDAY), tmp_path)
    for words in (
        f"HTTP {status}",
        "expired at",
        "Only a new submit helps",
        "no other URL",
    ):
        assert words in str(caught.value)
    for expires_at in (TOMORROW, None):
        with pytest.raises(DownloadError, match="no other URL") as caught:
            client.download(task(URL, expires_at=expires_at), tmp_path)
        assert type(caught.value) is DownloadError
    assert caught.value.task.id == "image_1"
    assert list(tmp_path.iterdir()) == []


def test_the_servers_clock_counts_too(connect, tmp_path: Path) -> None:
    """`expires_at` was counted from the vendor's times: ours may be slow."""
    late = httpx.Response(403, headers={"Date": "Tue, 01 Jan 2999 00:00:00 GMT"})
    with pytest.raises(ArtifactExpired):
        connect(Hosts({URL: late, VENDOR: says(URL)})).download(
            task(URL, expires_at=TOMORROW), tmp_path
        )


def test_expiry_is_advice_a_file_that_is_still_there_is_taken(
    connect, tmp_path: Path
) -> None:
    host = Hosts({URL: picture()})
    assert connect(host).download(task(URL, expires_at=YESTERDAY), tmp_path)


def test_the_vendor_is_asked_once_for_all(connect, tmp_path: Path) -> None:
    old = [f"https://cdn.example.com/{n}.png?old" for n in range(3)]
    new = [f"https://cdn.example.com/{n}.png?new" for n in range(3)]
    host = Hosts(
        dict.fromkeys(old, 403) | {AIG: says_all(*new)} | {u: picture() for u in new}
    )
    mine = task(*old, provider="aigptimage", id="task_1")
    assert len(connect(host).download(mine, tmp_path)) == 3
    assert host.asked.count(AIG) == 1


def test_what_is_gone_under_the_new_url_as_well_is_gone(
    connect, tmp_path: Path
) -> None:
    host = Hosts({URL: 404, VENDOR: says(NEW), NEW: 404})
    with pytest.raises(DownloadError, match="HTTP 404"):
        connect(host).download(task(URL), tmp_path)
    assert host.asked == [URL, VENDOR, NEW]


def test_the_new_url_is_looked_at_like_the_old_one(connect, tmp_path: Path) -> None:
    host = Hosts({URL: 404, VENDOR: says("https://10.0.0.1/1.png")})
    with pytest.raises(DownloadError, match="refused"):
        connect(host).download(task(URL), tmp_path)


@pytest.mark.parametrize(
    "answer",
    [404, 500, httpx.ConnectError("refused"), body("failed"), body("queued"), "{"],
    ids=repr,
)
def test_a_vendor_that_knows_no_more_leaves_the_first_error(
    connect, tmp_path: Path, answer
) -> None:
    host = Hosts({URL: 403, VENDOR: answer})
    with pytest.raises(ArtifactExpired, match="HTTP 403, it expired"):
        connect(host).download(task(URL, expires_at=YESTERDAY), tmp_path)
    assert host.asked == [URL, VENDOR]


@pytest.mark.parametrize(
    ("provider", "id"), [("aigptimage", "1"), ("newvendor", "1"), (XING, "..")]
)
def test_without_a_way_to_ask_nobody_is_asked(
    driver, tmp_path: Path, provider, id
) -> None:
    host = Hosts({URL: 403})
    client = driver({XING: "key"}, transport=httpx.MockTransport(host))
    with pytest.raises(DownloadError, match="HTTP 403") as caught:
        client.download(task(URL, provider=provider, id=id), tmp_path)
    assert host.asked == [URL]
    assert caught.value.task.state is State.SUCCEEDED
