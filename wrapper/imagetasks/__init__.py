"""
Submit, wait and collect: one typed way through the image-generation APIs that make you poll.

    with imagetasks.Client.from_env() as client:
        task = client.run("akool", imagetasks.ImageRequest("a lighthouse", aspect_ratio="16:9"))
        paths = client.download(task, "out/")
"""

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
from ._scheduling.events import (
    Downloaded,
    Event,
    Polled,
    Slowed,
    Submitting,
    Transition,
)
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
    "Submitting",
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
