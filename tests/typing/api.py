"""The public surface as users type it. Checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

import httpx
from imagetasks import (
    Access,
    Artifact,
    AsyncClient,
    AsyncJournalListing,
    Capabilities,
    Capability,
    Client,
    Downloaded,
    Drift,
    Event,
    FollowUp,
    ImageRequest,
    ImageTasksError,
    Intent,
    JournalError,
    JournalListing,
    Polled,
    PollPolicy,
    Progress,
    ProviderError,
    RateLimited,
    Reason,
    RequestPreview,
    SeenState,
    Sidecar,
    Slowed,
    Spending,
    State,
    StoredFile,
    SubmitOutcomeUnknown,
    Submitted,
    Submitting,
    Task,
    TaskError,
    Transition,
    Tried,
    Verification,
    VerifiedFile,
    VideoRequest,
    WebhookEvent,
    WebhookRejected,
    read_sidecar,
)
from imagetasks.otel import Telemetry
from imagetasks.webhooks import akool
from imagetasks_clients.akool import AuthenticatedClient
from imagetasks_clients.akool.api.images import get_image
from imagetasks_clients.akool.models import ImageAnswer
from imagetasks_clients.akool.types import Response

request = ImageRequest(
    "a lighthouse",
    model=None,
    aspect_ratio="16:9",
    resolution="2k",
    reference_images=["https://example.com/a.png"],
    extra={"similar": 0.7},
)
video = VideoRequest(
    "a lighthouse",
    model=None,
    mode="image_to_video",
    duration=5,
    aspect_ratio="16:9",
    resolution="720p",
    first_image="https://example.com/a.png",
    extra={"generate_audio": True},
)


def sync() -> None:
    client = Client(
        {
            "akool": Access(api_key="KEY", base_url="http://127.0.0.1:8765/akool"),
            "aigptimage": Access("KEY", tier="basic", credit_limit=100),
            "xingchaoyiqing": "KEY",
        },
        policy=PollPolicy(min_gap=0.5, deadline=60, learn=False, follow_refresh=True),
        transport=httpx.HTTPTransport(retries=0),
        on_event=watch,
        allow_hosts=("images.corp.example", "10.1.2.3"),
    )
    assert_type(Client.from_env(), Client)
    with client as same:
        assert_type(same, Client)
    task = client.submit("akool", request)
    assert_type(task, Task)
    assert_type(client.submit("aigptimage", video), Task)
    assert_type(client.run("aigptimage", video), Task)
    assert_type(client.check("aigptimage", video), RequestPreview)
    assert_type(client.capabilities("akool"), Capabilities)
    assert_type(client.fetch(task), Task)
    assert_type(client.fetch("akool", "66a1"), Task)
    assert_type(client.wait(task, timeout=600, on_update=print), Task)
    assert_type(client.run("akool", request, timeout=600), Task)
    assert_type(client.run(["akool", "aigptimage"], request, max_credits=8), Task)
    assert_type(client.submit({"akool": request, "aigptimage": video}), Task)
    assert_type(
        client.submit_many("akool", [request], max_credits=8)[0], Task | ImageTasksError
    )
    assert_type(client.spent(), list[Spending])
    assert_type(task.tried, tuple[Tried, ...])
    assert_type(client.as_completed([task]), Iterator[Task])
    assert_type(
        client.as_completed([task], return_errors=True),
        Iterator[Task | ImageTasksError],
    )
    assert_type(client.wait_all([task]), list[Task])
    assert_type(
        client.wait_all([task], return_errors=True), list[Task | ImageTasksError]
    )
    assert_type(client.events([task], timeout=600), Iterator[Transition])
    assert_type(
        client.submit_many("akool", [request], timeout=600, on_update=print),
        list[Task | ImageTasksError],
    )
    assert_type(client.upscale(task, 1, webhook_url="https://example.com"), Task)
    assert_type(client.vary(task, 4), Task)
    assert_type(client.balance("akool"), float)
    assert_type(client.drift(), tuple[Drift, ...])
    assert_type([each.to_json() for each in client.drift()], list[str])
    assert_type(client.download(task, "out/"), list[Path])
    assert_type(client.download(task, "out/", sidecar=True), list[Path])
    assert_type(client.download(task, store="s3://pictures"), list[StoredFile])
    sidecar = read_sidecar("out/akool-1-1.png.json")
    assert_type(sidecar, Sidecar)
    assert_type(sidecar.to_request(), ImageRequest | VideoRequest | FollowUp)
    assert_type(sidecar.saved_at, datetime)
    receiver = akool.Receiver("client-id", "KEY", tolerance=60)
    assert_type(receiver.parse(b""), WebhookEvent)
    assert_type(receiver.handle(b"", client.notify), int)
    receiver.asgi(client.notify)
    assert_type(
        client.download(task, "out/", timeout=60, on_progress=progress), list[Path]
    )


def journal(lost: SubmitOutcomeUnknown, full: JournalError) -> None:
    client = Client({"akool": "KEY"}, journal=Path("tasks.db"), journal_prompts=False)
    assert_type(client.resume_all(timeout=600), list[Task | ImageTasksError])
    for one in client.resume(timeout=600):
        assert_type(one, Task | ImageTasksError)
        assert_type(one.label, str | None)
    assert_type(client.journal, JournalListing)
    assert_type(client.journal.open(label="row 7"), list[Task])
    assert_type(client.journal.unsaved(), list[Task])
    assert_type(client.journal.by_label("row 7"), list[Task])
    assert_type(client.journal.unknown(), list[Intent])
    client.release(client.submit("akool", ImageRequest("x"), label="row 7"))
    client.submit_many("akool", [ImageRequest("x")], label=["row 7"])
    assert_type(ImageRequest.from_json(ImageRequest("x").to_json()), ImageRequest)
    assert_type(VideoRequest.from_json(VideoRequest("x").to_json()), VideoRequest)
    intent = lost.intent
    assert_type(intent, Intent | None)
    assert intent
    assert_type(intent.request, ImageRequest | VideoRequest | FollowUp | None)
    assert_type(client.resolve(intent, "66a1"), Task)
    assert_type(client.resubmit(intent, request=request), Task)
    client.abandon(intent)
    assert_type(full.task, Task | None)


async def asynchronous() -> None:
    async with AsyncClient({"akool": "KEY"}) as client:
        assert_type(client, AsyncClient)
        assert_type(client.check("akool", request), RequestPreview)
        assert_type(client.capabilities("akool").image["model"], Capability)
        task = await client.submit("akool", request)
        assert_type(await client.fetch(task), Task)
        assert_type(await client.fetch("akool", "66a1"), Task)
        assert_type(await client.wait(task, on_update=lambda t: None), Task)
        assert_type(client.as_completed([task]), AsyncIterator[Task])
        assert_type(
            await client.wait_all([task], return_errors=True),
            list[Task | ImageTasksError],
        )
        assert_type(client.events([task]), AsyncIterator[Transition])
        assert_type(
            await client.submit_many("akool", (r for r in [request])),
            list[Task | ImageTasksError],
        )
        assert_type(await client.upscale(task, 1), Task)
        assert_type(await client.vary(task, 4), Task)
        assert_type(await client.balance("akool"), float)
        assert_type(client.drift(), tuple[Drift, ...])
        assert_type(await client.download(task, Path("out")), list[Path])
        stored = await client.download(task, store="s3://pictures", sidecar=True)
        assert_type(stored, list[StoredFile])
    async with AsyncClient.from_env(journal="tasks.db") as client:
        assert_type(await client.resume_all(), list[Task | ImageTasksError])
        async for one in client.resume():
            assert_type(one, Task | ImageTasksError)
        assert_type(client.journal, AsyncJournalListing)
        assert_type(await client.journal.open(), list[Task])
        await client.abandon(task)


async def hooked(event: WebhookEvent) -> None:
    akool.Receiver("client-id", "KEY").asgi(hooked)
    client = AsyncClient({"akool": "KEY"})
    client.notify(event)
    assert_type(event.state, State)
    assert_type(event.url, str | None)
    assert_type(event.sent_at, datetime)


def rejected(error: WebhookRejected) -> None:
    assert_type(error.provider, str | None)
    assert error.reason != "stale"


def fields(
    task: Task, error: ProviderError, limited: RateLimited, lost: SubmitOutcomeUnknown
) -> None:
    assert_type(task.state, State)
    assert_type(task.state.is_terminal, bool)
    assert_type(task.wire_state, str | int | None)
    assert_type(task.artifacts, tuple[Artifact, ...])
    assert_type(task.error, TaskError | None)
    if task.error is not None:
        assert_type(task.error.reason, Reason)
        assert_type(TaskError("400", "no").reason, Reason)
    assert_type(task.created_at, datetime | None)
    assert_type(task.raw, Any)
    assert_type(Task.from_token(task.to_token()), Task)
    assert_type(error.status_code, int | None)
    assert_type(limited.retry_after, float | None)
    assert_type(lost.request, ImageRequest | VideoRequest | FollowUp | None)


def watch(event: Event) -> None:
    match event:
        case Transition():
            assert_type(event.task, Task)
            assert_type(event.before, State)
            assert_type(event.at, datetime | None)
            assert_type(event.error, ImageTasksError | None)
            assert_type(event.is_last, bool)
        case Polled():
            assert_type(event.lag, float | None)
            assert_type(event.error, ProviderError | None)
        case Slowed():
            assert_type(event.seconds, float)
        case Downloaded():
            assert_type(event.path, Path)
            assert_type(event.sha256, str)
        case Submitting():
            assert_type(event.provider, str)
            assert_type(event.label, str | None)
            assert_type(event.idempotency_key, str | None)
        case Submitted():
            assert_type(event.tasks, tuple[Task, ...])
            assert_type(event.error, ImageTasksError | None)
            assert_type(event.took, float)
            assert_type(event.estimated, float | None)


def verified(client: Client) -> None:
    report = client.verify("akool", max_credits=1)
    assert_type(report, Verification)
    assert_type(report.task, Task | None)
    assert_type(report.states, tuple[SeenState, ...])
    assert_type(report.files, tuple[VerifiedFile, ...])
    assert_type(report.drift, tuple[Drift, ...])
    assert_type(report.error, ImageTasksError | None)
    assert_type(report.is_as_documented, bool)


def measured() -> None:
    Client({"akool": "KEY"}, on_event=Telemetry(labels=True, on_event=watch))


def progress(step: Progress) -> None:
    assert_type(step.received, int)
    assert_type(step.total, int | None)


def generated() -> None:
    with AuthenticatedClient(token="KEY") as client:
        answer = get_image.sync_detailed(client=client, image_model_id="66a1")
        assert_type(answer, Response[ImageAnswer])
        assert_type(answer.status_code, int)
