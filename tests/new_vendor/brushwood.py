"""brushwood, who does not exist: a state in a header, a model in the path, sizes of two fields, an address to follow."""

from typing import ClassVar

from imagetasks_clients import brushwood
from imagetasks_clients.brushwood.api.jobs import cancel_job, create_job, get_job
from imagetasks_clients.brushwood.models import Brush, Job, JobState, NewJob
from imagetasks_clients.brushwood.types import UNSET

from .._http.answer import Answer
from .._http.call import Call
from .._request import ImageRequest
from .._task import State, Task
from ._base import Provider, expect, from_seconds

STATES: dict[str, State] = {
    JobState.WAITING: State.QUEUED,
    JobState.PAINTING: State.RUNNING,
    JobState.DONE: State.SUCCEEDED,
    JobState.SPOILED: State.FAILED,
    JobState.TORN: State.FAILED,
    JobState.CANCELLED: State.CANCELLED,
}


class Brushwood(Provider):
    name = "brushwood"
    clients: ClassVar = brushwood
    submit_operation = "createJob"
    fields: ClassVar = {"prompt": "/prompt", "model": "path brush", "size": "/width x /height", "extra": ""}  # fmt: skip

    def build_submit(self, request: ImageRequest) -> Call[Task]:
        body = NewJob(request.prompt, *self.edges(request.size, UNSET))
        created = create_job.get_kwargs(Brush(expect(request.model, str)), body=body)
        return Call(created, self._read, self.refuse)

    def fetch(self, task_id: str) -> Call[Task]:
        return Call(get_job.get_kwargs(task_id), self._read, self.refuse)

    def cancel(self, task_id: str) -> Call[Task]:
        return Call(cancel_job.get_kwargs(task_id), self._read, self.refuse)

    def _read(self, response: Answer) -> Task:
        job = expect(get_job.parse_response(response), Job)
        wire, raw = response.headers["x-job-state"], response.json()
        outcome, times = raw.get("outcome") or {}, raw.get("times") or {}
        return self.task(
            id=str(expect(job.number, int)),
            state=STATES.get(wire, State.UNKNOWN),
            wire_state=wire,
            urls=[picture["url"] for picture in outcome.get("pictures", ())],
            error_message=outcome.get("reason"),
            prompt=(raw.get("asked") or {}).get("prompt"),
            created_at=from_seconds(times.get("begun")),
            finished_at=from_seconds(times.get("ended")),
            seconds_left=job.seconds_left,
            status_url=job.follow,
            raw=raw,
        )
