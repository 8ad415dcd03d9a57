"""Which buttons of its tasks a client has used: a vendor lets each be used once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .._errors import ImageTasksError, UnsupportedRequest
from .._request import FollowUp
from .._task import Task
from .submission import Submission


class PressedButtons:
    """Counts a button as used from before its request leaves until the vendor has refused it."""

    def __init__(self) -> None:
        self._pressed: dict[tuple[str, str, str], FollowUp] = {}

    @contextmanager
    def pressing(
        self, task: Task, request: FollowUp, submission: Submission
    ) -> Iterator[None]:
        """The submit is carried out inside of the block. Raises UnsupportedRequest for a button that was used."""
        place = (task.provider, task.id, request.button)
        # One step, so that two threads cannot both press it.
        if self._pressed.setdefault(place, request) is not request:
            raise UnsupportedRequest(
                f"{task}, this client has used its button {request.button} already"
            )
        try:
            yield
        except ImageTasksError:
            # Refused, or never sent: it may be pressed again.
            if not submission.may_have_arrived:
                del self._pressed[place]
            raise
