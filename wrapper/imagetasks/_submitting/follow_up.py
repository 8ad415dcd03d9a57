"""What is asked of a finished picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["upscale", "vary"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """
    A new task made from a finished one, by a button of the vendor's: what `SubmitOutcomeUnknown.request` holds when
    nobody can tell what became of `upscale` or `vary`.
    """

    task_id: str
    button: str
    webhook_url: str | None = None
