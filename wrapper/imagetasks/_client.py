# Made of _async_client.py by `make generate`. Edit that file.
"""Client: carries out what `_core` decides."""

from __future__ import annotations

import random
import time
from collections.abc import (
    Callable,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from concurrent.futures import Future
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

import httpx

from ._access import Access
from ._core import Core
from ._drift.drift import Drift
from ._errors import BudgetExceeded, ImageTasksError, ProviderError, TaskFailed, carry
from ._forking import keep_as_it_is, start_anew_in_children
from ._http.call import Call
from ._http.sender import Sender
from ._journal.intent import outcome_unknown
from ._journal.listing import JournalListing, as_it_is, unsaved
from ._request import Action, Intent, Request, RequestPreview
from ._results.items import check_name
from ._scheduling.engine import Engine
from ._scheduling.events import OnEvent, Transition
from ._scheduling.outcomes import first, news, outcome, report
from ._scheduling.policy import PollPolicy, check_timeout
from ._scheduling.scheduler import Exchange, FetchResult, OnUpdate, Outcome
from ._scheduling.wait import Wait
from ._spending.spending import Spending
from ._submitting.choices import Choices, Providers
from ._submitting.dispatch import Dispatcher
from ._submitting.submission import Attempt, Pause, Submission
from ._submitting.telling import Telling
from ._sync_shim import (
    Inbox,
    Sleep,
    default_sleep,
    in_thread,
    result_of,
)
from ._task import Task, address
from .providers._capabilities import Capabilities
from .providers._keys import access_from_env, allow_hosts_from_env

if TYPE_CHECKING:
    from ._journal.journal import Journal
    from ._results.progress import OnProgress
    from ._results.task_download import Fresh
    from ._verification import Verification
    from .webhooks import WebhookEvent

T = TypeVar("T")


class Client:
    """
    One client for many providers. Threads may share it; the `with` block, or `close`, closes it.

        with Client({"akool": "KEY"}) as client:
            task = client.run("akool", ImageRequest("a lighthouse"), timeout=600)

    `transport` takes an httpx transport (a proxy, a CA, a mock). `on_event` is called with a `Submitting` right before each
    POST of a submit leaves, after any wait for the provider's rate, with a `Submitted` once it is known what became of that
    POST, with each `Polled`, `Slowed` and `Transition` of all waits and each `Downloaded`, in whichever thread it happens:
    for metrics; `imagetasks.otel` makes some. `allow_hosts` are hosts that results may come
    from though they are private or without TLS. `clock`, `sleep` and `rng` are for tests.

    `journal` is a file that keeps submits and tasks through crashes: see `resume_all`. It is opened here, and one client
    at a time has it, else JournalError. `journal_prompts=False` leaves prompts out of it, and out of sidecars.
    """

    def __init__(
        self,
        access: Mapping[str, Access | str],
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.BaseTransport | None = None,
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        journal: str | PathLike[str] | None = None,
        journal_prompts: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._transport = transport
        self._allow_hosts = allow_hosts
        self._sleep_given = sleep
        self._core = Core(
            access,
            policy,
            clock,
            rng,
            on_event,
            slots=Sender.slots(transport, providers=len(access)),
            journal=journal,
            journal_prompts=journal_prompts,
        )
        self._is_closed = False
        self._start()
        start_anew_in_children(self)

    def _start(self) -> None:
        from ._results.download import Downloader

        core, sleep = self._core, self._sleep_given
        self._senders = {
            provider: Sender(endpoint, self._transport)
            for provider, endpoint in core.endpoints.items()
        }
        self._sleep = sleep or default_sleep
        self._engine = Engine(
            core.scheduler,
            self._fetch_for,
            core.observer,
            clock=core.clock,
            sleep=sleep,
        )
        self._dispatcher = Dispatcher(self._attempt, clock=core.clock, sleep=sleep)
        self._downloader = Downloader(
            core.downloads(self._allow_hosts), self._transport, self._look_again, sleep
        )

    def _start_anew(self) -> None:
        """In a child that was forked. Who waited in the parent waits there, not here."""
        scheduler = self._core.scheduler
        keep_as_it_is((self._senders, self._engine, self._downloader))
        slots = Sender.slots(self._transport, providers=len(self._senders))
        self._core.start_anew(slots)
        self._start()
        scheduler.abandon(
            RuntimeError("this wait belongs to the process that this one forked from")
        )
        for one in scheduler.take_news():
            one.tell(self._core.observer)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._core.providers)})"

    @classmethod
    def from_env(
        cls,
        *,
        policy: PollPolicy = PollPolicy(),
        transport: httpx.BaseTransport | None = None,
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        journal: str | PathLike[str] | None = None,
        journal_prompts: bool = True,
    ) -> Self:
        """
        A client for every provider whose `<PROVIDER>_API_KEY` is set; `_BASE_URL` and `_TIER` are read too, and
        IMAGETASKS_ALLOW_HOSTS where no `allow_hosts` are given.

        Raises AuthenticationError, naming the variables, when none is.
        """
        return cls(
            access_from_env(),
            policy=policy,
            transport=transport,
            on_event=on_event,
            allow_hosts=allow_hosts or allow_hosts_from_env(),
            journal=journal,
            journal_prompts=journal_prompts,
        )

    def drift(self) -> tuple[Drift, ...]:
        """Where the answers so far differ from the specs, in the order in which it came up; at most 1000."""
        return self._core.calls.drift

    def capabilities(self, provider: str) -> Capabilities:
        """What its API can express: which field of a request goes where, and the values that it takes."""
        return self._core.capabilities(provider)

    def check(self, provider: str, request: Request) -> RequestPreview:
        """
        The HTTP request that `submit` would send, without sending it; with a `count`, the first of `submit_many`.

        Raises UnsupportedRequest and InvalidRequest, as `submit` does.
        """
        return self._core.submissions.preview(provider, request)

    def verify(
        self,
        provider: str,
        *,
        max_credits: float,
        folder: str | PathLike[str] | None = None,
        timeout: float | None = None,
    ) -> Verification:
        """
        Whether a vendor is as its pages say: one real picture, the cheapest by the documented prices, from submit to file.

        It costs credits, at most `max_credits`; where no page states a price, that is the only limit. The file goes to
        `folder`, else to a temporary one that is deleted. `timeout`: seconds until the task has ended, instead of
        `policy.deadline`. What goes wrong once a submit is tried is the `error` of the report, which has the task.

        Raises BudgetExceeded, AuthenticationError for a missing key, UnsupportedRequest and ValueError: nothing was sent.
        """
        self._check_usable()
        verifying = self._core.verifying(provider, max_credits)
        with verifying.folder(folder) as into:
            try:
                done = self.run(
                    provider,
                    verifying.request,
                    timeout=timeout,
                    max_credits=max_credits,
                    on_update=verifying.see,
                )
                paths = self.download(done, into)
                in_thread(partial(verifying.take_files, paths))
            except BudgetExceeded:
                raise
            except ImageTasksError as error:
                return verifying.report(self.drift(), error)
        return verifying.report(self.drift())

    def spent(self) -> list[Spending]:
        """
        What the tasks cost that this client submitted, or, with a journal, all tasks of that journal: by vendor, model and
        day of the submit (UTC). `credits` is as the vendor charged, where it tells, else by the documented price; refunds
        are taken off. It is as new as the last look at each task.
        """
        return self._core.books.ledger.spent()

    def submit(
        self,
        provider: Providers,
        request: Request | None = None,
        *,
        label: str | None = None,
        max_credits: float | None = None,
    ) -> Task:
        """
        Create a task. It is never sent again once it may have arrived, unless the vendor deduplicates.

        `label` is a short text of the caller's, such as a job's number: journal, task, token, events and errors keep it,
        the vendor does not get it. `max_credits`: what it may cost at most, by the highest documented price. Where no page
        states one it counts in full against a `credit_limit`.

        `provider`: a name, or several in the order of trying: `["akool", "gptimage2api"]` for the same request, or
        `{"akool": request, "gptimage2api": another}`. The next one is asked only when the one before has certainly not
        taken it: it was not reached, answered 429, or holds the submit back for over a second by its rate, the credits or
        the key do not do, or its API cannot say it. Never after an unknown outcome or a refusal of the request.
        `Task.tried` and the error's `tried` say who was asked before.

        Raises UnsupportedRequest, InvalidRequest or BudgetExceeded before anything is sent, another ProviderError when the vendor
        refuses, TaskFailed when it refuses by a failed task, SubmitOutcomeUnknown when nobody can tell.
        """
        choices = Choices(provider, request, max_credits=max_credits)
        for choice in choices:
            try:
                submission = self._core.submissions.begin(
                    choice.provider,
                    choice.request,
                    label=label,
                    call_limit=choices.call_limit,
                    is_patient=choice.is_last,
                )
                return choices.chosen(self._submit(submission))
            except ImageTasksError as error:
                choices.refused(choice, error)
        raise AssertionError("the last one either succeeds or raises")

    def submit_many(
        self,
        provider: str,
        requests: Iterable[Request],
        *,
        timeout: float | None = None,
        label: str | Iterable[str | None] | None = None,
        max_credits: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]:
        """
        Create the tasks of many requests, as fast as the provider lets: in order, `count` entries for each request.

        A task that is not there has an error in its place: what `submit` would raise. AKOOL takes up to 4 of a request's
        `count` in one POST, elsewhere each is a POST of its own. `timeout`: seconds for the whole call, instead of
        `policy.deadline`; what was not sent by then is a WaitTimeout. `label`: one for all, or one for each request.
        `max_credits`: what all of them may cost together; where no page states a price, each task counts as its equal share.
        `on_update` is called with each task as it is accepted. It has them all even when the call is interrupted: then
        nothing new is sent, and what is under way, at most `policy.attempt` seconds, is waited for;
        a second interrupt breaks it off.
        """
        self._check_usable()
        batch = self._core.submissions.begin_batch(
            provider, requests, timeout, label, max_credits
        )
        self._dispatcher.run(batch, on_update)
        return batch.outcomes

    def upscale(
        self,
        task: Task,
        n: int,
        *,
        webhook_url: str | None = None,
        label: str | None = None,
    ) -> Task:
        """
        Create a task that makes picture `n`, from 1 to 4, of a finished one larger (AKOOL). As with `submit`, it is
        never sent again once it may have arrived.

        Raises what `submit` raises, and UnsupportedRequest where the vendor has nothing of the kind, the task has not
        succeeded, or its `raw` or this client knows that it cannot be done, or has been: the vendor lets you once.
        A task without `raw` is fetched first.
        """
        return self._follow_up(task, "upscale", n, webhook_url, label)

    def vary(
        self,
        task: Task,
        n: int,
        *,
        webhook_url: str | None = None,
        label: str | None = None,
    ) -> Task:
        """`upscale`, for variations of the picture."""
        return self._follow_up(task, "vary", n, webhook_url, label)

    def balance(self, provider: str) -> float:
        """The credits that are left (AKOOL). One exchange. Raises UnsupportedRequest, ProviderError."""
        call = self._core.calls.balance(provider)
        return self._send(provider, call, timeout=self._core.policy.attempt)

    def cancel(self, task: Task) -> Task:
        """
        End a task before its time: one exchange, never repeated. Whether it came in time, the snapshot says. Raises
        UnsupportedRequest where no page documents it, and ProviderError.
        """
        call = self._core.calls.cancel(task)
        return self._look(task.provider, task.id, call, task)

    def _follow_up(
        self,
        task: Task,
        action: Action,
        n: int,
        webhook_url: str | None,
        label: str | None,
    ) -> Task:
        self._check_usable()
        button = self._core.submissions.button(task, action, n)
        seen = self.fetch(task) if task.raw is None else task
        with self._core.submissions.begin_follow_up(
            task, seen, button, webhook_url, label
        ) as submission:
            return self._submit(submission)

    def _submit(self, submission: Submission) -> Task:
        self._check_usable()
        while True:
            step = submission.next_step(now=self._core.clock())
            if isinstance(step, Pause):
                self._sleep(step.seconds)
            elif outcomes := self._attempt(submission, step):
                return first(outcomes)

    def _attempt(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        """One POST, between two entries in the journal. Returns nothing where it may be sent again."""
        self._check_usable()
        books = self._core.books
        with Telling(self._core.observer, submission, self._core.clock) as telling:
            try:
                self._written(books.write_intent(submission))
                telling.begin()
                outcomes = self._post(submission, attempt)
                telling.end(outcomes)
            except BaseException as error:
                telling.end(error)
                if isinstance(error, ImageTasksError):
                    error.label = submission.label
                self._written(books.write_outcome(submission, error))
                raise
            try:
                self._written(books.write_outcome(submission, outcomes))
            except BaseException as error:
                carry(error, (task for task in outcomes if isinstance(task, Task)))
                raise
            return outcomes

    def _post(self, submission: Submission, attempt: Attempt) -> list[Outcome]:
        sent_at = datetime.now(UTC)
        try:
            tasks = self._send(
                submission.provider,
                submission.call,
                timeout=attempt.timeout,
                on_leave=submission.begin_attempt,
            )
        except ProviderError as error:
            submission.record_failure(error, now=self._core.clock(), sent_at=sent_at)
            return []
        return self._core.submissions.accepted(submission, tasks, sent_at)

    @overload
    def fetch(self, task: Task, /) -> Task: ...
    @overload
    def fetch(self, provider: str, task_id: str, /) -> Task: ...
    def fetch(self, task: Task | str, task_id: str = "", /) -> Task:
        """One look at a task, whatever its state. One exchange, never repeated. Raises ProviderError."""
        provider, asked_id, known = address(task, task_id)
        call = self._core.calls.fetch(provider, asked_id, known)
        return self._look(provider, asked_id, call, known)

    def _look(
        self, provider: str, task_id: str, call: Call[Task], known: Task | None
    ) -> Task:
        """One exchange about a task. The journal keeps what it says."""
        try:
            seen = self._send(provider, call, timeout=self._core.policy.attempt)
        except ProviderError as error:
            error.task = known
            raise
        self._core.books.write_state(provider, task_id, seen)
        return seen

    def wait(
        self,
        task: Task,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """
        Fetch until the task has succeeded. A task that is terminal already makes no request.

        `timeout`: seconds for the whole call, instead of `policy.deadline`. `on_update` is called with the task at
        each change of state. Raises TaskFailed, WaitTimeout, PollOutage, UnknownState, or the ProviderError that
        no further fetch can heal; each carries `task`, to wait on from.
        """
        (done,) = self.wait_all([task], timeout=timeout, on_update=on_update)
        return done

    def run(
        self,
        provider: Providers,
        request: Request | None = None,
        *,
        timeout: float | None = None,
        label: str | None = None,
        max_credits: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """
        `submit` and `wait` within one `timeout`; `on_update` also gets the task as it was accepted.

        Of several providers the next one is also asked when a task failed for a documented reason that another one may not
        have (`Reason.STORAGE`, `NO_RESULT`, `TIMEOUT`); never for its content, nor when no page says why. `timeout` and
        `max_credits` are for all of them together.

        Whatever breaks off the wait has the accepted task as its attribute `task`: a cancellation too, which is the
        `__cause__` of the TimeoutError of `asyncio.timeout`.
        """
        began = self._core.clock()
        budget = check_timeout(
            self._core.policy.deadline if timeout is None else timeout
        )
        choices = Choices(provider, request, max_credits=max_credits)
        for choice in choices:
            left = max(budget - (self._core.clock() - began), 0.0)
            try:
                submission = self._core.submissions.begin(
                    choice.provider,
                    choice.request,
                    left,
                    label=label,
                    call_limit=choices.call_limit,
                    is_patient=choice.is_last,
                )
                task = self._submit(submission)
            except TaskFailed as error:
                choices.ended(choice, error)
                continue
            except ImageTasksError as error:
                choices.refused(choice, error)
                continue
            left = max(budget - (self._core.clock() - began), 0.0)
            try:
                return choices.chosen(self._wait_on(task, left, on_update))
            except ImageTasksError as error:
                choices.ended(choice, error)
        raise AssertionError("the last one either succeeds or raises")

    def _wait_on(self, task: Task, timeout: float, on_update: OnUpdate | None) -> Task:
        """For a task that was just accepted: whatever breaks off the wait carries it."""
        try:
            if on_update is not None:
                on_update(task)
            return self.wait(task, timeout=timeout, on_update=on_update)
        except BaseException as error:
            carry(error, [task])
            raise

    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task]: ...
    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task | ImageTasksError]: ...
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Iterator[Task | ImageTasksError]:
        """
        Tasks of any providers, each as it ends.

        Raises at the first error, the other tasks stay resumable; with `return_errors` the error comes in the
        task's place instead, with the task in its `task`.
        """
        return self._each(self._watch(tasks, timeout), return_errors, on_update)

    @overload
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> list[Task]: ...
    @overload
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]: ...
    def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Any:
        """`as_completed`, but all of them, in the order they were given."""
        ended: dict[int, Outcome] = {}
        with closing(self._watch(tasks, timeout)) as events:
            for event in events:
                report(event, on_update)
                if event.is_last:
                    ended[event.n] = outcome(event, return_errors=return_errors)
        return [ended[n] for n in sorted(ended)]

    def events(
        self, tasks: Iterable[Task], *, timeout: float | None = None
    ) -> Iterator[Transition]:
        """
        Every change of state of these tasks, and for each of them the end of its wait: for progress views.

        Raises for no task: an end without a result carries its `error`.
        """
        return self._watch(tasks, timeout)

    @property
    def journal(self) -> JournalListing:
        """What the journal holds. Raises JournalError where there is none."""
        return JournalListing(self._core.books.journal)

    def resume(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> Iterator[Task | ImageTasksError]:
        """
        Every open task of the journal, also those of programs that are no more, each as it ends.

        A task is open until `download` has saved its results, it has failed, or `release` or `abandon` lets it go.
        Those that have succeeded already come first: the task, or ArtifactExpired once the documented lifetime of its
        results is over. The others are waited for, with an error in the place of a task that does not end well.
        """
        self._check_open()
        return self._resume(self._core.books.journal, timeout, on_update)

    def resume_all(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> list[Task | ImageTasksError]:
        """
        `resume` as a list, and after that a SubmitOutcomeUnknown for each submit that may have been accepted: its `intent`
        is to be settled by `resolve`, `resubmit` or `abandon`, else it comes again.
        """
        self._check_usable()
        unknown = result_of(self._core.books.journal.unknown())
        ended = [one for one in self.resume(timeout=timeout, on_update=on_update)]
        return [*ended, *map(outcome_unknown, unknown)]

    def resolve(self, intent: Intent, task_id: str) -> Task:
        """
        Say which task an unknown submit became. It is fetched once, as proof, and goes on as any other.

        Raises ProviderError when the fetch fails, and JournalError when the intent is settled, or the task is known.
        """
        self._check_usable()
        journal = self._core.books.journal
        result_of(journal.claim(intent))
        try:
            found = self.fetch(intent.provider, task_id)
            task = replace(found, label=intent.label, _request=intent.request)
            result_of(self._core.books.resolve(intent, task))
        finally:
            journal.release(intent)
        return task

    def resubmit(self, intent: Intent, *, request: Request | None = None) -> Task:
        """
        Send an unknown submit once more. It may be billed twice, but for vendors that deduplicate: they get the same
        `idempotency_key`.

        The intent is settled when the vendor accepts. `request` is needed where the journal leaves out prompts.
        """
        self._check_usable()
        journal = self._core.books.journal
        submission = self._core.submissions.begin_resubmit(intent, request)
        result_of(journal.claim(intent))
        try:
            return self._submit(submission)
        finally:
            journal.release(intent)

    def release(self, task: Task) -> None:
        """
        Say that you are done with a task: it is not open in the journal any more. What `download` has saved is done anyway.

        Raises JournalError where the journal does not know it. A second time changes nothing.
        """
        self._check_usable()
        result_of(self._core.books.journal.release_task(task))

    def abandon(self, what: Intent | Task) -> None:
        """Let an unknown submit, or a task, be: `resume_all` will not come back to it. Tells the vendor nothing."""
        self._check_usable()
        result_of(self._core.books.abandon(what))

    def download(
        self,
        task: Task,
        folder: str | PathLike[str],
        *,
        timeout: float = 600,
        on_progress: OnProgress | None = None,
        sidecar: bool = False,
        name: str = "{provider}-{id}-{n}",
    ) -> list[Path]:
        """
        Save the artifacts of a task as `{provider}-{id}-{n}.{extension}`, in vendor order.

        The folder is made if need be. A file appears whole or not at all, and never in the place of another one; a
        repeat finds its own files and leaves them. Goes out without credentials, over https, and to public addresses
        only. What breaks off is asked for again, and what is not there yet within 10 s of this client first seeing the
        success; what is gone, once more under the URL that the vendor then gives.

        `timeout`: seconds for the whole call. `on_progress` is called with a `Progress`, from one thread at a time; it may
        use any client.

        `sidecar`: write `{file}.json` beside each file, which tells what it was made of: see `Sidecar`, and `read_sidecar`.
        It appears whole or not at all, and stays where it tells of the same task and file; any other file of that name is
        left alone, and is a DownloadError. No key is in it, and no prompt with `journal_prompts=False`.

        `name`: of each file, without its extension: of {provider}, {id}, {n}, {label}, {model} and {kind}. What a file name
        should not hold becomes `_`. Where another file has that name, vendor, id and number are added to it.

        Raises ValueError for another `name`, DownloadError, and ArtifactExpired for what is gone after its lifetime; artifacts that are whole by
        then stay. With all of them saved the task is done in the journal, too.
        """
        self._check_usable()
        check_name(name)
        sidecars = None
        if sidecar:
            asked = result_of(self._core.books.request_of(task))
            sidecars = self._core.sidecars(task, asked)
        paths = self._downloader.download(
            task,
            Path(folder),
            timeout=timeout,
            on_progress=on_progress,
            sidecars=sidecars,
            name=name,
        )
        self._written(self._core.books.write_saved(task))
        return paths

    def notify(self, event: WebhookEvent) -> None:
        """
        Tell the client what a webhook says: whoever waits for that task looks at it at once, at the vendor's.

        The event itself is never taken for the truth. For any thread.
        While webhooks arrive, tasks that have one are polled every 30 s only; once a task ends and no webhook tells,
        polling takes over. Where nobody waits yet, the next wait for the task looks at once.
        """
        self._engine.notify(
            event.provider, event.task_id, has_ended=event.state.is_terminal
        )

    def close(self) -> None:
        """
        Whoever still waits gets a RuntimeError, and so does every later call; the tasks live on at their vendors.
        """
        self._is_closed = True
        with ExitStack() as closing:
            # The last one comes first. Each is closed, and the journal given back, whatever becomes of the others.
            closing.callback(in_thread, self._core.books.close)
            closing.callback(self._downloader.close)
            for sender in self._senders.values():
                closing.callback(sender.close)
            closing.callback(self._engine.close)

    def __enter__(self) -> Self:
        self._check_usable()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _written(self, done: Future[None] | None) -> None:
        if done is not None:
            result_of(done)

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("the client is closed")

    def _check_usable(self) -> None:
        """Raises RuntimeError on a client that is closed."""
        self._check_open()

    def _send(
        self,
        provider: str,
        call: Call[T],
        *,
        timeout: float,
        on_leave: Callable[[], object] | None = None,
    ) -> T:
        self._check_usable()
        response = self._senders[provider].send(
            call.request, timeout=timeout, on_leave=on_leave
        )
        return self._core.calls.read(provider, call, response)

    def _watch(
        self, tasks: Iterable[Task], timeout: float | None
    ) -> Generator[Transition]:
        """Time runs from this call; requests begin when somebody listens, and end when nobody does."""
        self._check_open()
        tasks = list(tasks)
        inbox: Inbox[Transition | Exception] = Inbox()
        waits = self._core.begin_waits(tasks, timeout, inbox.put)
        return self._listen(inbox, waits, len(tasks))

    def _listen(
        self,
        inbox: Inbox[Transition | Exception],
        waits: list[Wait],
        left: int,
    ) -> Generator[Transition]:
        self._check_usable()
        try:
            self._engine.add(waits)
            while left:
                event = news(inbox.get())
                left -= event.is_last
                yield event
        finally:
            self._engine.discard(waits)

    def _each(
        self,
        watched: Generator[Transition],
        return_errors: bool,
        on_update: OnUpdate | None,
    ) -> Generator[Outcome]:
        with closing(watched) as events:
            for event in events:
                report(event, on_update)
                if event.is_last:
                    yield outcome(event, return_errors=return_errors)

    def _resume(
        self, journal: Journal, timeout: float | None, on_update: OnUpdate | None
    ) -> Generator[Outcome]:
        tasks = result_of(journal.tasks(is_open=True))
        for task in unsaved(tasks):
            yield as_it_is(task)
        unfinished = [task for task in tasks if not task.state.is_terminal]
        watched = self._watch(unfinished, timeout)
        with closing(self._each(watched, True, on_update)) as ended:
            for each in ended:
                yield each

    def _fetch_for(self, exchange: Exchange) -> FetchResult:
        provider, known = exchange.task.provider, exchange.wait.poll.task
        call = self._core.calls.fetch(provider, exchange.task.id, known)
        try:
            response = self._senders[provider].send(
                call.request, timeout=exchange.timeout
            )
            return exchange.wait.read(
                response.fingerprint,
                partial(self._core.calls.read_polled, provider, call, response),
            )
        except ProviderError as error:
            return error

    def _look_again(self, task: Task, timeout: float) -> Fresh:
        """One exchange, for a result that is gone."""
        call = self._core.calls.fetch_again(task)
        if call is None:
            return None
        timeout = min(timeout, self._core.policy.attempt)
        try:
            return self._send(task.provider, call, timeout=timeout)
        except ProviderError as error:
            return error
