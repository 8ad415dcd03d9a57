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
    from ._scheduling.events import Downloaded, Event, Polled, Slowed, Transition
    from ._scheduling.policy import PollPolicy
    from ._task import Artifact, State, Task, TaskError
    from .providers._capabilities import Capabilities, Capability
    from .webhooks import WebhookEvent

__all__ = [
    "Access",
    "Artifact",
    "ArtifactExpired",
    "AsyncClient",
    "AsyncJournalListing",
    "AuthenticationError",
    "Capabilities",
    "Capability",
    "Client",
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
    "RequestPreview",
    "ServerError",
    "Slowed",
    "State",
    "SubmitOutcomeUnknown",
    "Task",
    "TaskError",
    "TaskFailed",
    "TaskNotFound",
    "Transition",
    "UnknownState",
    "UnsupportedRequest",
    "VideoRequest",
    "WaitTimeout",
    "WebhookEvent",
    "WebhookRejected",
]

_NAMES = {
    "._access": ["Access"],
    "._async_client": ["AsyncClient"],
    "._client": ["Client"],
    "._drift.drift": ["Drift"],
    "._errors": [
        "ArtifactExpired",
        "AuthenticationError",
        "DownloadError",
        "ImageTasksError",
        "InsufficientCredits",
        "InvalidRequest",
        "JournalError",
        "MalformedResponse",
        "NetworkError",
        "PollOutage",
        "ProviderError",
        "RateLimited",
        "ServerError",
        "SubmitOutcomeUnknown",
        "TaskFailed",
        "TaskNotFound",
        "UnknownState",
        "UnsupportedRequest",
        "WaitTimeout",
        "WebhookRejected",
    ],
    "._journal.listing": ["AsyncJournalListing", "JournalListing"],
    "._request": [
        "FollowUp",
        "ImageRequest",
        "Intent",
        "RequestPreview",
        "VideoRequest",
    ],
    "._results.progress": ["Progress"],
    "._scheduling.events": ["Downloaded", "Event", "Polled", "Slowed", "Transition"],
    "._scheduling.policy": ["PollPolicy"],
    "._task": ["Artifact", "State", "Task", "TaskError"],
    ".providers._capabilities": ["Capabilities", "Capability"],
    ".webhooks": ["WebhookEvent"],
}
"""By module, the names that it is loaded for: the imports above once more, as a program can read them."""

_MODULES = {name: module for module, names in _NAMES.items() for name in names}

if not TYPE_CHECKING:  # or else no checker would notice a name that is not there

    def __getattr__(name: str) -> object:
        """Loads what is used when it is first used, so that importing this package costs nothing."""
        if name in ("providers", "webhooks"):
            return import_module(f".{name}", __name__)
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, "providers", "webhooks"})
