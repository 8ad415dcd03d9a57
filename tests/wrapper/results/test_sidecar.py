"""What a picture was made of, beside it: what its submit asked for, and never a key."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from imagetasks import (
    DownloadError,
    FollowUp,
    ImageRequest,
    Sidecar,
    State,
    SubmitOutcomeUnknown,
    Task,
    TaskError,
    Tried,
    VideoRequest,
)
from imagetasks_clients import PROVIDERS
from imagetasks_mock import serve
from support.drivers import Script
from support.result_hosts import PNG, URL, XING, Hosts, picture, task
from support.sidecars import NAME, beside, names, sidecar_of
from support.tasks import REQUEST, body, created

KEY = "secret-key-0123"
"""Of the clients that `connect` makes."""
SECRET = "a lighthouse that nobody shall hear of"


class Vendor:
    """Answers from a list; its results are pictures."""

    def __init__(self, *answers: Any) -> None:
        self._script = Script(*answers)
        self.submits: list[Any] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "cdn.example.com":
            return picture()
        if request.method == "POST":
            self.submits.append(json.loads(request.content))
        return self._script(request)


# What is in it


def test_it_says_what_the_picture_was_made_of(connect, tmp_path: Path) -> None:
    vendor = Vendor(created(), body("completed"))
    client = connect(vendor)
    request = ImageRequest("a lighthouse", aspect_ratio="16:9", resolution="2k")
    done = client.run(XING, request, label="job 7")
    (path,) = client.download(done, tmp_path, sidecar=True)
    assert names(tmp_path) == {NAME, f"{NAME}.json"}
    told = sidecar_of(path)
    assert told == Sidecar(
        provider=XING,
        task_id="image_1",
        n=1,
        file=NAME,
        size=len(PNG),
        sha256=sha256(PNG).hexdigest(),
        saved_at=told.saved_at,
        created_at=done.created_at,
        finished_at=done.finished_at,
        model="gpt-image-2",
        wire_state="completed",
        label="job 7",
        request=json.loads(request.to_json()),
        sent=vendor.submits[0],
    )
    assert told.to_request() == request
    assert told.saved_at.tzinfo is not None


def test_there_is_none_unless_it_is_asked_for(connect, tmp_path: Path) -> None:
    connect(Hosts({URL: picture()})).download(task(URL), tmp_path)
    assert names(tmp_path) == {NAME}


@pytest.fixture
def mocked(driver, clock) -> Any:
    with serve(speed=0, check=True) as mock:

        def make(provider: str, **options: Any) -> Any:
            access = {provider: mock.access(provider)}
            client = driver(access, clock=clock, **options)
            client.mock = mock
            return client

        yield make
        assert mock.violations == []


def ended(client: Any, one: Task) -> Task:
    client.mock.clock.advance(600)
    return client.wait(one)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_vendors_request_is_told_as_it_was_sent(
    mocked, tmp_path: Path, provider: str
) -> None:
    client = mocked(provider)
    request = ImageRequest("a lighthouse", reference_images=["https://a.example/1.png"])
    done = ended(client, client.submit(provider, request))
    (path,) = client.download(done, tmp_path, sidecar=True)
    told = sidecar_of(path)
    assert told.sent == client.client.check(provider, request).body
    asked = told.to_request()
    assert isinstance(asked, ImageRequest)
    assert replace(asked, idempotency_key=None) == request
    assert told.credits == done.credits_used


def test_a_batch_is_told_as_its_post_was(mocked, tmp_path: Path) -> None:
    client = mocked("akool")
    request = ImageRequest("a lighthouse", count=3)
    for one in client.submit_many("akool", [request]):
        (path,) = client.download(ended(client, one), tmp_path, sidecar=True)
        told = sidecar_of(path)
        assert told.to_request() == request
        assert told.sent == client.client.check("akool", request).body
        assert told.sent["batch_quantity"] == 3


def test_a_follow_up_is_told_by_its_button(mocked, tmp_path: Path) -> None:
    client = mocked("akool")
    done = ended(client, client.submit("akool", REQUEST))
    larger = ended(client, client.upscale(done, 1))
    (path,) = client.download(larger, tmp_path, sidecar=True)
    told = sidecar_of(path)
    assert told.to_request() == FollowUp(done.id, "U1")
    assert told.sent == {"_id": done.id, "button": "U1"}


def test_a_video_is_told_too(mocked, tmp_path: Path) -> None:
    client = mocked("aigptimage")
    done = ended(client, client.submit("aigptimage", VideoRequest("waves")))
    (path,) = client.download(done, tmp_path, sidecar=True)
    told = sidecar_of(path)
    assert told.kind == "video"
    assert told.sent == client.client.check("aigptimage", VideoRequest("waves")).body


def test_of_a_task_from_elsewhere_nobody_knows_the_request(
    connect, tmp_path: Path
) -> None:
    client = connect(Vendor(created(), body("completed")))
    client.submit(XING, REQUEST)
    known = client.fetch(XING, "image_1")
    for n, one in enumerate([known, Task.from_token(known.to_token())]):
        (path,) = client.download(one, tmp_path / str(n), sidecar=True)
        told = sidecar_of(path)
        assert (told.request, told.sent) == (None, None)
        with pytest.raises(ValueError, match="nobody knew"):
            told.to_request()


def test_every_look_keeps_what_the_submit_asked_for(connect, tmp_path: Path) -> None:
    answers = [created(), body("queued"), body("processing"), body("completed")]
    client = connect(Vendor(*answers))
    one = client.fetch(client.submit(XING, REQUEST, label="job 7"))
    (path,) = client.download(client.wait(one), tmp_path, sidecar=True)
    assert sidecar_of(path).to_request() == REQUEST


def test_where_the_vendor_gives_another_url_the_request_stays(
    connect, tmp_path: Path
) -> None:
    moved = body("completed") | {"image_url": "https://cdn.example.com/else.png"}
    script = Script(created(), body("completed"), moved)

    def vendor(request: httpx.Request) -> httpx.Response:
        if request.url.host != "cdn.example.com":
            return script(request)
        return picture() if request.url.path == "/else.png" else httpx.Response(410)

    client = connect(vendor)
    first = Tried("akool", "RateLimited", "akool: HTTP 429")
    done = replace(client.run(XING, REQUEST), tried=(first,))
    (path,) = client.download(done, tmp_path, sidecar=True)
    told = sidecar_of(path)
    assert told.to_request() == REQUEST
    assert told.tried == (first,)


def test_it_says_who_was_asked_before(connect, tmp_path: Path) -> None:
    error = TaskError("NO_RESULT", "it made nothing")
    failed = Task(provider="akool", id="1", state=State.FAILED, error=error)
    tried = (
        Tried("aigptimage", "NetworkError", "aigptimage: refused"),
        Tried("akool", "TaskFailed", "akool task 1: FAILED", failed),
    )
    client = connect(Hosts({URL: picture()}))
    (path,) = client.download(task(URL, tried=tried), tmp_path, sidecar=True)
    assert sidecar_of(path).tried == tried


# The journal


def journaled(keep: Any, request: ImageRequest = REQUEST, **options: Any) -> None:
    """A program that submits, and ends."""
    client = keep(created(), **options)
    client.submit(XING, request)
    client.close()


def test_a_task_of_the_journal_is_told_by_another_program(keep, tmp_path: Path) -> None:
    journaled(keep)
    client = keep(Vendor(body("completed")))
    (done,) = client.resume_all()
    for n, one in enumerate([done, Task.from_token(done.to_token())]):
        (path,) = client.download(one, tmp_path / str(n), sidecar=True)
        told = sidecar_of(path)
        assert told.to_request() == REQUEST
        assert told.sent == client.client.check(XING, REQUEST).body


def test_a_submit_that_was_resolved_is_told(keep, tmp_path: Path) -> None:
    vendor = Vendor(httpx.ReadTimeout("slow"), body("completed"))
    client = keep(vendor)
    with pytest.raises(SubmitOutcomeUnknown) as caught:
        client.submit(XING, REQUEST)
    assert caught.value.intent is not None
    done = client.resolve(caught.value.intent, "image_1")
    (path,) = client.download(done, tmp_path / "out", sidecar=True)
    assert sidecar_of(path).sent == vendor.submits[0]


def test_the_journal_has_the_task_open_until_all_sidecars_are_there(
    keep, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    client = keep(Vendor(created(), body("completed")))
    done = client.run(XING, REQUEST)
    foreign = folder / f"{NAME}.json"
    foreign.write_text("{}")
    with pytest.raises(DownloadError):
        client.download(done, folder, sidecar=True)
    client.close()
    client = keep(Vendor(body("completed")))
    (expired,) = client.resume_all()
    foreign.unlink()
    client.download(expired.task, folder, sidecar=True)
    assert client.resume_all() == []


# Prompts and keys


@pytest.mark.parametrize("provider", PROVIDERS)
def test_prompts_stay_out_where_the_journal_leaves_them_out(
    mocked, tmp_path: Path, provider: str
) -> None:
    client = mocked(provider, journal_prompts=False)
    own = {"callBackUrl": f"https://me.example/{SECRET.replace(' ', '-')}"}
    extra = {} if provider == "xingchaoyiqing" else own
    request = ImageRequest(SECRET, aspect_ratio="1:1", extra=extra)
    body_sent = client.client.check(provider, request).body
    done = ended(client, client.submit(provider, request))
    (path,) = client.download(done, tmp_path, sidecar=True)
    text = beside(path).read_text()
    assert "lighthouse" not in text
    told = sidecar_of(path)
    assert told.request is not None
    assert told.request["aspect_ratio"] == "1:1"
    with pytest.raises(ValueError, match="not a"):
        told.to_request()
    assert told.sent == without_words(body_sent)


def without_words(sent: Any) -> Any:
    if not isinstance(sent, dict):
        return sent
    left_out = ("prompt", "callBackUrl")
    return {k: without_words(v) for k, v in sent.items() if k not in left_out}


def test_what_a_journal_without_prompts_has_is_told(keep, tmp_path: Path) -> None:
    request = ImageRequest(SECRET, aspect_ratio="16:9")
    journaled(keep, request, journal_prompts=False)
    client = keep(Vendor(body("completed")))  # this one may tell prompts
    (done,) = client.resume_all()
    (path,) = client.download(done, tmp_path / "out", sidecar=True)
    told = sidecar_of(path)
    known = {"aspect_ratio": "16:9", "reference_images": [], "count": 1}
    assert told.request == {"version": 1, "type": "ImageRequest"} | known
    assert told.sent == without_words(client.client.check(XING, request).body)


def test_words_of_a_vendor_that_may_quote_the_prompt_stay_out_too(
    connect, tmp_path: Path
) -> None:
    error = TaskError("STORAGE", f"cannot store {SECRET}")
    failed = Task(provider="akool", id="1", state=State.FAILED, error=error)
    tried = (Tried("akool", "TaskFailed", f"akool: no {SECRET}", failed),)
    client = connect(Hosts({URL: picture()}), journal_prompts=False)
    (path,) = client.download(task(URL, tried=tried), tmp_path, sidecar=True)
    assert "lighthouse" not in beside(path).read_text()
    (told,) = sidecar_of(path).tried
    assert (told.provider, told.error, told.message) == ("akool", "TaskFailed", "")


def test_no_key_is_in_it(connect, tmp_path: Path) -> None:
    """Neither one that the vendor echoes nor one that the user gives to another place by mistake."""
    echo = {"model": f"gpt {KEY}", "credits": KEY, "error": KEY}
    vendor = Vendor(created() | echo, body("completed") | echo)
    request = ImageRequest(f"show {KEY}", extra={"note": KEY})
    client = connect(vendor)
    done = client.run(XING, request, label=f"job {KEY.upper()}")
    first = Tried("akool", "InvalidRequest", f"akool: no {KEY}")
    elsewhere = replace(done, model=f"gpt {KEY}", wire_state=KEY, tried=(first,))
    (path,) = client.download(elsewhere, tmp_path, sidecar=True)
    text = beside(path).read_text()
    assert "secret-key" not in text.lower()
    told = sidecar_of(path)
    assert told.wire_state == "***"
    assert told.request is not None
    assert told.request["prompt"] == "show ***"
