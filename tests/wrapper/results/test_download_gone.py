"""Results that are gone: the vendor is asked once more, as it may give another URL; else it is said what is left."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from imagetasks import ArtifactExpired, DownloadError, State
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


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_after_its_lifetime_has_expired(
    connect, tmp_path: Path, status
) -> None:
    host = Hosts({URL: status, VENDOR: says(URL)})
    client = connect(host)
    with pytest.raises(ArtifactExpired) as caught:
        client.download(task(URL, expires_at=YESTERDAY), tmp_path)
    for words in (f"HTTP {status}", "expired at", "submit it again", "no other URL"):
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
