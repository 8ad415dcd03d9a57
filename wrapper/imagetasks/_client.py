# Made of _async_client.py by `make generate`. Edit that file.
"""Client performs the I/O that `_core` decides on."""

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
    One client for many providers: submits tasks, waits for them, and saves their results.

        with Client({"akool": "KEY"}) as client:
            task = client.run("akool", ImageRequest("a lighthouse"), timeout=600)
            paths = client.download(task, "out/")

    Threads may share it. The `with` block, or `close`, closes it. After a fork, the client starts anew in
    the child.

    Args:
        access: a key or an `Access` for each provider. `from_env` reads them from the environment.
        policy: how to wait; see `PollPolicy`.
        transport: an httpx transport, for a proxy, a CA or a mock of your own. None uses httpx.
        on_event: a function. The client calls it with each `Submitting`, `Submitted`, `Polled`, `Slowed`, `Transition` and
            `Downloaded`, in the thread where that happens. The function must not wait with the same client.
            `imagetasks.otel.Telemetry` is such a function.
        allow_hosts: exact names of hosts that results may come from even if the hosts are private or have no TLS.
        journal: a file that keeps submits and tasks through crashes; see `resume_all`. The client opens it at once. Only one
            client at a time can use it.
        journal_prompts: False leaves prompts out of the journal and out of sidecars.
        clock, sleep, rng: for tests; see `imagetasks.testing`.

    Raises:
        AuthenticationError: `access` is empty.
        ValueError: a provider, a key or an address is not valid.
        JournalError: the journal is in use, damaged, or cannot be written.
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
        """Called in a forked child. Waits that began in the parent continue there, not here."""
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
        A client for every provider whose `<PROVIDER>_API_KEY` is set.

        It also reads `<PROVIDER>_BASE_URL` and `<PROVIDER>_TIER`, and `IMAGETASKS_ALLOW_HOSTS` if you pass no `allow_hosts`. The
        arguments mean the same as in the class.

        Raises:
            AuthenticationError: no key is set; the message names the variables.
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
        """The differences between the answers so far and the providers' specs, oldest first; at most 1000 entries."""
        return self._core.calls.drift

    def capabilities(self, provider: str) -> Capabilities:
        """What a provider's API can express: which field of a request goes where, and which values it takes."""
        return self._core.capabilities(provider)

    def check(self, provider: str, request: Request) -> RequestPreview:
        """
        The HTTP request that `submit` would send, with its documented price. Nothing is sent.

        For a request with a `count`, this is the first request that `submit_many` would send.

        Raises:
            UnsupportedRequest: the provider's API cannot express the request.
            InvalidRequest: the provider's documentation forbids it.
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
        Make one real picture, the cheapest by the documented prices, and compare the provider with its documentation.

        This costs credits.

        Args:
            provider: its name.
            max_credits: the most that the picture may cost. If no page states a price, this is the only limit.
            folder: where the file goes. None uses a temporary folder, and deletes it afterwards.
            timeout: seconds until the task has ended; None uses `policy.deadline`.

        Returns:
            A `Verification`. If something fails once the submit was tried, its `error` says what, and the task is there too.

        Raises:
            BudgetExceeded, AuthenticationError, UnsupportedRequest, ValueError: nothing was sent.
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
        What the tasks cost, by provider, model and day of the submit (UTC).

        It covers the tasks that this client submitted or, with a journal, all tasks of that journal. `credits` is what the provider
        says that it charged, otherwise the documented price, less refunds. The figures for a task are from its last snapshot.
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
        Create one task. Once the request may have arrived, it is never sent again, unless the provider deduplicates.

            task = client.submit("akool", ImageRequest("a lighthouse"), label="row 7")

        Args:
            provider: a name; or several names in the order to try, `["akool", "gptimage2api"]`; or a request for each,
                `{"akool": request, "gptimage2api": other}`. The client tries the next provider only if the one before certainly
                made no task: the client could not reach it, it answered 429, its rate limit would delay the submit by over a
                second, the account lacks credits or a valid key, a credit limit is reached, or its API cannot express the request.
                After an unknown outcome, or a refusal of the request itself, the client tries no other provider.
            request: what to make. None if `provider` holds the requests.
            label: a short text of yours, such as the number of a row. Journal, task, token, events and errors keep it; it is not
                sent to the provider.
            max_credits: the most that the task may cost, by its highest documented price. If no page states a price, all of
                `max_credits` counts against a `credit_limit`.

        Returns:
            The accepted task. `Task.tried` lists the providers that were tried before.

        Raises:
            UnsupportedRequest, InvalidRequest, BudgetExceeded: nothing was sent.
            ProviderError: the provider refused, or could not be reached; see its subclasses.
            TaskFailed: the provider's answer says that the task has already failed.
            SubmitOutcomeUnknown: the task may exist or not. Look at the provider before you submit again.
            WaitTimeout: `policy.deadline` passed before anything could be sent.
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
        Create the tasks of many requests, as fast as the provider allows.

            outcomes = client.submit_many("akool", [ImageRequest("a pier", count=4), ImageRequest("a lighthouse")])

        Args:
            provider: its name.
            requests: what to make; each may have a `count`. AKOOL makes up to 4 pictures per POST; the others make one.
            timeout: seconds for the whole call; None uses `policy.deadline`. A request not sent by then becomes a WaitTimeout.
            label: one text for all, or one for each request.
            max_credits: the most that all of them together may cost. If no page states a price, each task counts as an equal share.
            on_update: called with each task as it is accepted, even when the call is interrupted: it then sends nothing new, and
                waits at most `policy.attempt` seconds for the requests under way. A second interrupt breaks that off.

        Returns:
            A list in the order of the requests, with `count` entries for each. An entry is the task, or the error that `submit`
            would raise.
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
        Create a task that makes picture `n` of a finished task larger (AKOOL). Like `submit`, it is never sent twice blindly.

        Args:
            task: a task that has succeeded. If it has no `raw`, the client fetches it first.
            n: the picture, from 1 to 4.
            webhook_url: where AKOOL reports the new task.
            label: as in `submit`.

        Raises:
            UnsupportedRequest: the provider has no such button, the task has not succeeded, or the button was already used.
            ProviderError, SubmitOutcomeUnknown: as in `submit`.
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
        """Create a task that makes variations of picture `n`. Arguments and errors are those of `upscale`."""
        return self._follow_up(task, "vary", n, webhook_url, label)

    def balance(self, provider: str) -> float:
        """
        The credits that are left (AKOOL). One request.

        Raises:
            UnsupportedRequest: the provider does not document a balance.
            ProviderError: the request failed.
        """
        call = self._core.calls.balance(provider)
        return self._send(provider, call, timeout=self._core.policy.attempt)

    def cancel(self, task: Task) -> Task:
        """
        Cancel a task, if the provider documents how. One request, never repeated.

        Returns:
            A snapshot. Its `state` says whether the call came in time.

        Raises:
            UnsupportedRequest: the provider documents no way to cancel; today, none does.
            ProviderError: the request failed.
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
        """One POST, between two entries in the journal. Returns an empty list if it may be sent again."""
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
        """
        Read a task once, whatever its state: `fetch(task)`, or `fetch(provider, task_id)`. One request, never repeated.

        Raises:
            TaskNotFound: the provider does not know the task.
            ProviderError: the request failed; `error.task` is the snapshot that you passed.
        """
        provider, asked_id, known = address(task, task_id)
        call = self._core.calls.fetch(provider, asked_id, known)
        return self._look(provider, asked_id, call, known)

    def _look(
        self, provider: str, task_id: str, call: Call[Task], known: Task | None
    ) -> Task:
        """One exchange about a task. The journal records the new snapshot."""
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
        Poll a task until it has succeeded.

            task = client.wait(task, timeout=600, on_update=print)

        Network errors, HTTP 429 and 5xx do not end the wait, within the limits of `PollPolicy`. A task that has already ended needs
        no request. If you interrupt the wait, the task continues at the provider; you can wait for it again at any time. Each error
        has the last snapshot as its `task`: wait again with that, or keep `task.to_token()`.

        Args:
            task: from `submit`, `fetch`, `Task.from_token` or an error.
            timeout: seconds for the whole call; None uses `policy.deadline`, which is 600 unless you change it.
            on_update: a function, called with the task at each change of its state.

        Returns:
            The task, with its `artifacts`. Pass it to `download`.

        Raises:
            TaskFailed: the task failed or was cancelled at the provider; `error.task.error` says why.
            WaitTimeout: time is up. The task may still finish.
            PollOutage: every poll failed for longer than `policy.outage`.
            UnknownState: the task stayed in an undocumented state for longer than `policy.unknown_grace`.
            ProviderError: another poll would not help, as with AuthenticationError or TaskNotFound.
            RuntimeError: the client is closed, or was closed during the wait.
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
        `submit` and `wait` in one call, within one `timeout`.

            task = client.run(["akool", "gptimage2api"], ImageRequest("a lighthouse"), timeout=600)

        Args:
            provider, request, label, max_credits: as in `submit`. `max_credits` is for all providers together.
            timeout: seconds for the whole call; None uses `policy.deadline`.
            on_update: called with the accepted task, and at each change of its state.

        With several providers, the client also tries the next one if a task failed for a documented reason that may not apply there
        (`Reason.STORAGE`, `NO_RESULT`, `TIMEOUT`). It tries no other provider if the content was refused, or if no page says why
        the task failed.

        Returns:
            The succeeded task; `Task.tried` lists the providers that were tried before.

        Raises:
            ImageTasksError: what `submit` and `wait` raise. Any exception that ends the wait has the accepted task as its `task`,
                also a KeyboardInterrupt.
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
        """Wait for a task that was just accepted. Any exception that ends the wait carries the task."""
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
        Wait for many tasks, of any providers, and yield each as it ends.

            for task in client.as_completed(tasks, timeout=600):
                print(client.download(task, "out/"))

        Args:
            tasks: what to wait for.
            timeout: seconds, counted from this call; None uses `policy.deadline`.
            return_errors: True yields the error of a task that did not succeed, with the task as its `task`. False raises the first
                error; you can wait for the other tasks again.
            on_update: called with a task at each change of its state.
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
        """Wait for many tasks, and return them in the order they were given. The arguments are those of `as_completed`."""
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
        Yield each change of state of these tasks, for progress views. The last `Transition` of a task has `is_last`.

        A task that does not succeed raises nothing: its last `Transition` has the `error`. `timeout` is in seconds, counted from
        this call; None uses `policy.deadline`.
        """
        return self._watch(tasks, timeout)

    @property
    def journal(self) -> JournalListing:
        """What the journal holds, as lists. Raises JournalError if the client has no journal."""
        return JournalListing(self._core.books.journal)

    def resume(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> Iterator[Task | ImageTasksError]:
        """
        Continue every open task of the journal, also those of earlier programs, and yield each as it ends.

        A task is open until `download` has saved its results, the task fails, or `release` or `abandon` closes it. Tasks that have
        already succeeded come first: as the task, or as ArtifactExpired if the documented lifetime of all its results is over. Then
        the client waits for the others. A task that does not succeed comes as its error.

        Args:
            timeout: seconds; None uses `policy.deadline`.
            on_update: called with a task at each change of its state.
        """
        self._check_open()
        return self._resume(self._core.books.journal, timeout, on_update)

    def resume_all(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> list[Task | ImageTasksError]:
        """
        Like `resume`, but as a list, followed by a SubmitOutcomeUnknown for each submit that may have been accepted.

            for outcome in client.resume_all(timeout=600):
                if isinstance(outcome, Task):
                    client.download(outcome, "out/")

        Settle the `intent` of each SubmitOutcomeUnknown with `resolve`, `resubmit` or `abandon`; otherwise the next call returns it
        again.
        """
        self._check_usable()
        unknown = result_of(self._core.books.journal.unknown())
        ended = [one for one in self.resume(timeout=timeout, on_update=on_update)]
        return [*ended, *map(outcome_unknown, unknown)]

    def resolve(self, intent: Intent, task_id: str) -> Task:
        """
        Settle an unknown submit by naming its task. The client fetches the task once as proof; then it is open like any other.

        Args:
            intent: of a SubmitOutcomeUnknown, or from `client.journal`.
            task_id: the id that you found at the vendor.

        Raises:
            ProviderError: the fetch failed; nothing has changed.
            JournalError: the intent is already settled, or the journal already has the task.
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
        Send an unknown submit once more. You may be billed twice, unless the provider deduplicates: there the client sends the same
        `idempotency_key` again.

        The intent is settled when the provider accepts the request. Pass `request` if the journal leaves out prompts. Returns and
        raises what `submit` does.
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
        Close a task in the journal: you are done with it, and `resume` will not return it. `download` does this by itself.

        Raises:
            JournalError: the journal does not know the task. A second call changes nothing.
        """
        self._check_usable()
        result_of(self._core.books.journal.release_task(task))

    def abandon(self, what: Intent | Task) -> None:
        """Give up an unknown submit or a task: `resume_all` will not return it. Nothing is sent to the provider."""
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
        Save the results of a task as files.

            paths = client.download(task, "out/", timeout=600, sidecar=True)

        A file appears whole or not at all. No other file is overwritten; a repeated call leaves its own files as they are. Requests
        carry no credentials, and go over https to public addresses only. Broken transfers are retried. If a result is gone, the
        client asks the provider once for a new URL.

        Args:
            task: a task that has succeeded.
            folder: where the files go; it is created if needed.
            timeout: seconds for the whole call.
            on_progress: called with a `Progress`, from one thread at a time. It may use any client.
            sidecar: True writes `{file}.json` beside each file, with the request and the origin of the file; see `Sidecar`. It
                holds no key, and no prompt with `journal_prompts=False`. If another file has that name, it stays, and DownloadError
                is raised.
            name: the file's name without its extension. It may contain `{provider}`, `{id}`, `{n}`, `{label}`, `{model}` and
                `{kind}`. Characters that are unsafe in a file name become `_`. If another file has the name, provider, id and
                number are added.

        Returns:
            The paths, in the provider's order. The task is then closed in the journal.

        Raises:
            DownloadError: a result could not be fetched or saved. Complete files stay.
            ArtifactExpired: a result is gone, and its documented lifetime is over.
            ValueError: `name` contains an unknown field.
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
        Pass a webhook event to the client. If a wait for its task is under way, it polls the task at once.

        The client does not trust the event itself. Any thread may call this. While webhooks arrive, the client polls tasks that
        have one only every 30 s. If a task ends and no webhook announces it, the client polls at the usual gaps again. If no wait
        is under way yet, the next wait for the task polls it at once.
        """
        self._engine.notify(
            event.provider, event.task_id, has_ended=event.state.is_terminal
        )

    def close(self) -> None:
        """
        Close the connections and the journal. Tasks continue at their providers.

        Waits under way end with a RuntimeError, and so does every later call.
        """
        self._is_closed = True
        with ExitStack() as closing:
            # These run in reverse order, and each runs even if another one fails. The journal is closed last.
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
        """The timeout counts from this call. Polls begin when the caller iterates, and end when the iterator is closed."""
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
        """One exchange, to get a new URL for a result that is gone."""
        call = self._core.calls.fetch_again(task)
        if call is None:
            return None
        timeout = min(timeout, self._core.policy.attempt)
        try:
            return self._send(task.provider, call, timeout=timeout)
        except ProviderError as error:
            return error
