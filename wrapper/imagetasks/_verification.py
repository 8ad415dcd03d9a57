"""One real task from submit to file, held against what the vendor's pages say: what `client.verify` returns."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path

from ._access import check_credits
from ._drift.drift import Drift
from ._errors import BudgetExceeded, ImageTasksError
from ._request import ImageRequest, RequestPreview
from ._results.folder import check_folder
from ._spending.ledger import ROUNDING, charged_of
from ._task import State, Task


@dataclass(frozen=True, slots=True)
class SeenState:
    """
    A state that the task was seen in.

    state: as a `State`.
    wire_state: the vendor's own value.
    after: seconds since the submit.
    """

    state: State
    wire_state: str | int | None
    after: float


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """
    A result that was saved.

    path: the file; None where the folder was a temporary one.
    size: bytes.
    sha256: of these bytes, in hex.
    """

    path: Path | None
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """
    What came of one real task, as `client.verify` returns it.

        report = client.verify("akool", max_credits=1)
        print(report.is_as_documented, report.error, report.drift)

    provider: the vendor.
    request: the cheapest one by the documented prices; the vendor's default where no page states a price.
    task: the last snapshot; None where no task was made, as far as known.
    states: those that the task was seen in, the accepted one first.
    files: its results.
    drift: where the answers differ from the spec, of other calls of the client meanwhile too.
    documented: the price in credits; None where no page states one.
    charged: the vendor's own number; None where it tells none.
    error: what went wrong once the submit had left, or was about to.
    took: seconds of all of it.
    """

    provider: str
    request: ImageRequest
    task: Task | None
    states: tuple[SeenState, ...]
    files: tuple[VerifiedFile, ...]
    drift: tuple[Drift, ...]
    documented: float | None
    charged: float | None
    error: ImageTasksError | None = field(compare=False)
    took: float

    @property
    def differs_in_price(self) -> bool:
        """Whether the vendor charged another price than is documented. False where one of the two is unknown."""
        if self.documented is None or self.charged is None:
            return False
        return abs(self.documented - self.charged) > ROUNDING

    @property
    def is_as_documented(self) -> bool:
        """Whether nothing went wrong, no answer differs from the spec, and the price is right."""
        return self.error is None and not self.drift and not self.differs_in_price

    def to_json(self) -> str:
        """The report for programs. The task's token is in it, and so the URLs of its results; no API key."""
        task, error = self.task, self.error
        return json.dumps(
            {
                "provider": self.provider,
                "is_as_documented": self.is_as_documented,
                "request": json.loads(self.request.to_json()),
                "task": task
                and {"id": task.id, "state": task.state, "token": task.to_token()},
                "states": [asdict(each) for each in self.states],
                "files": [
                    asdict(each) | {"path": each.path and str(each.path)}
                    for each in self.files
                ],
                "drift": [json.loads(each.to_json()) for each in self.drift],
                "documented": self.documented,
                "charged": self.charged,
                "error": error
                and {"type": type(error).__name__, "message": str(error)},
                "took": self.took,
            }
        )


class Verifying:
    """Takes in what happens to the task, and makes the report of it. The caller sends and waits."""

    def __init__(
        self,
        request: ImageRequest,
        preview: RequestPreview,
        *,
        known_drift: Iterable[Drift],
        clock: Callable[[], float],
    ) -> None:
        self.request = request
        self._preview = preview
        self._drift_before = {drift.key: drift.count for drift in known_drift}
        self._clock = clock
        self._began = clock()
        self._task: Task | None = None
        self._states: list[SeenState] = []
        self._charged: float | None = None
        self._files: list[VerifiedFile] = []
        self._is_temporary = True

    @contextmanager
    def folder(self, folder: str | PathLike[str] | None) -> Iterator[Path]:
        """Where the results go. Raises ValueError, before anything is paid for, where it takes no file."""
        if folder is None:
            with tempfile.TemporaryDirectory(prefix="imagetasks-") as made:
                yield Path(made)
            return
        self._is_temporary = False
        check_folder(Path(folder))
        yield Path(folder)

    def see(self, task: Task) -> None:
        """A snapshot: an `on_update`."""
        self._task = task
        after = self._clock() - self._began
        self._states.append(SeenState(task.state, task.wire_state, after))
        if (charged := charged_of(task)) is not None:
            self._charged = charged

    def take_files(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = path.stat().st_size
            kept = None if self._is_temporary else path
            self._files.append(VerifiedFile(kept, size, digest))

    def report(
        self, drift: Iterable[Drift], error: ImageTasksError | None = None
    ) -> Verification:
        provider, before = self._preview.provider, self._drift_before
        return Verification(
            provider=provider,
            request=self.request,
            task=self._task or getattr(error, "task", None),
            states=tuple(self._states),
            files=tuple(self._files),
            drift=tuple(
                each
                for each in drift
                if each.provider == provider and each.count > before.get(each.key, 0)
            ),
            documented=self._preview.credits,
            charged=self._charged,
            error=error,
            took=self._clock() - self._began,
        )


def check_max_credits(provider: str, max_credits: float, highest: float | None) -> None:
    """Raises what `submit` does not: where no page states a price, no credits are no leave to spend some."""
    if check_credits(max_credits, "max_credits") == 0 and highest is None:
        raise BudgetExceeded(
            f"{provider}: no page states the price of a picture: max_credits says how many it may cost, more than 0. "
            "Nothing was sent",
            provider=provider,
        )
