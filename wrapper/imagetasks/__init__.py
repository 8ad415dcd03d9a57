"""
Submit, wait and collect: one typed way through the image-generation APIs that make you poll.

    with imagetasks.Client.from_env() as client:
        task = client.run("akool", imagetasks.ImageRequest("a lighthouse", aspect_ratio="16:9"))
        paths = client.download(task, "out/")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._access import Access
    from ._async_client import AsyncClient
    from ._client import Client
    from ._drift.drift import Drift
    from ._errors import (
        ArtifactExpired,
        AuthenticationError,
        BudgetExceeded,
        ContentRefused,
        DownloadError,
        ImageTasksError,
        InsufficientCredits,
        InvalidRequest,
        JournalError,
        MalformedResponse,
        NetworkError,
        PollOutage,
        ProviderError,
        RateLimited,
        ServerError,
        SidecarError,
        SubmitOutcomeUnknown,
        TaskFailed,
        TaskNotFound,
        UnknownState,
        UnsupportedRequest,
        WaitTimeout,
        WebhookRejected,
    )
    from ._journal.listing import AsyncJournalListing, JournalListing
    from ._request import FollowUp, ImageRequest, Intent, RequestPreview, VideoRequest
    from ._results.progress import Progress
    from ._results.sidecar import Sidecar, read_sidecar
    from ._results.stores import StoredFile
    from ._scheduling.events import (
        Downloaded,
        Event,
        Polled,
        Slowed,
        Submitted,
        Submitting,
        Transition,
    )
    from ._scheduling.policy import PollPolicy
    from ._spending.spending import Spending
    from ._task import Artifact, Reason, State, Task, TaskError, Tried
    from ._verification import SeenState, Verification, VerifiedFile
    from .providers._capabilities import Capabilities, Capability
    from .webhooks import WebhookEvent

__all__ = [
    "Access",
    "Artifact",
    "ArtifactExpired",
    "AsyncClient",
    "AsyncJournalListing",
    "AuthenticationError",
    "BudgetExceeded",
    "Capabilities",
    "Capability",
    "Client",
    "ContentRefused",
    "DownloadError",
    "Downloaded",
    "Drift",
    "Event",
    "FollowUp",
    "ImageRequest",
    "ImageTasksError",
    "InsufficientCredits",
    "Intent",
    "InvalidRequest",
    "JournalError",
    "JournalListing",
    "MalformedResponse",
    "NetworkError",
    "PollOutage",
    "PollPolicy",
    "Polled",
    "Progress",
    "ProviderError",
    "RateLimited",
    "Reason",
    "RequestPreview",
    "SeenState",
    "ServerError",
    "Sidecar",
    "SidecarError",
    "Slowed",
    "Spending",
    "State",
    "StoredFile",
    "SubmitOutcomeUnknown",
    "Submitted",
    "Submitting",
    "Task",
    "TaskError",
    "TaskFailed",
    "TaskNotFound",
    "Transition",
    "Tried",
    "UnknownState",
    "UnsupportedRequest",
    "Verification",
    "VerifiedFile",
    "VideoRequest",
    "WaitTimeout",
    "WebhookEvent",
    "WebhookRejected",
    "read_sidecar",
]

_MODULES = {
    "Access": "._access",
    "Artifact": "._task",
    "ArtifactExpired": "._errors",
    "AsyncClient": "._async_client",
    "AsyncJournalListing": "._journal.listing",
    "AuthenticationError": "._errors",
    "BudgetExceeded": "._errors",
    "Capabilities": ".providers._capabilities",
    "Capability": ".providers._capabilities",
    "Client": "._client",
    "ContentRefused": "._errors",
    "DownloadError": "._errors",
    "Downloaded": "._scheduling.events",
    "Drift": "._drift.drift",
    "Event": "._scheduling.events",
    "FollowUp": "._request",
    "ImageRequest": "._request",
    "ImageTasksError": "._errors",
    "InsufficientCredits": "._errors",
    "Intent": "._request",
    "InvalidRequest": "._errors",
    "JournalError": "._errors",
    "JournalListing": "._journal.listing",
    "MalformedResponse": "._errors",
    "NetworkError": "._errors",
    "PollOutage": "._errors",
    "PollPolicy": "._scheduling.policy",
    "Polled": "._scheduling.events",
    "Progress": "._results.progress",
    "ProviderError": "._errors",
    "RateLimited": "._errors",
    "Reason": "._task",
    "RequestPreview": "._request",
    "SeenState": "._verification",
    "ServerError": "._errors",
    "Sidecar": "._results.sidecar",
    "SidecarError": "._errors",
    "Slowed": "._scheduling.events",
    "Spending": "._spending.spending",
    "State": "._task",
    "StoredFile": "._results.stores",
    "SubmitOutcomeUnknown": "._errors",
    "Submitted": "._scheduling.events",
    "Submitting": "._scheduling.events",
    "Task": "._task",
    "TaskError": "._task",
    "TaskFailed": "._errors",
    "TaskNotFound": "._errors",
    "Transition": "._scheduling.events",
    "Tried": "._task",
    "UnknownState": "._errors",
    "UnsupportedRequest": "._errors",
    "Verification": "._verification",
    "VerifiedFile": "._verification",
    "VideoRequest": "._request",
    "WaitTimeout": "._errors",
    "WebhookEvent": ".webhooks",
    "WebhookRejected": "._errors",
    "read_sidecar": "._results.sidecar",
}
"""Where each name is: the imports above, as `__getattr__` reads them."""

if not TYPE_CHECKING:  # a checker that saw it would take any name for granted

    def __getattr__(name: str) -> object:
        """Loads what is asked for when it is first asked for."""
        if name in ("providers", "webhooks"):
            return import_module(f".{name}", __name__)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "providers", "webhooks"})
