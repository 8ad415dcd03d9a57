"""AsyncClient: the verbs, and what they promise. `_drivers` carries them out. `make generate` makes `Client` from this file."""

from __future__ import annotations

import random
import time
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Mapping,
)
from contextlib import AsyncExitStack
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from ._access import Access
from ._core import Core
from ._drift.drift import Drift
from ._drivers.async_downloads import AsyncDownloads
from ._drivers.async_exchanges import AsyncExchanges
from ._drivers.async_fallback import AsyncFallback
from ._drivers.async_resumer import AsyncResumer
from ._drivers.async_shim import Lifetime, Sleep, in_thread
from ._drivers.async_submitter import AsyncSubmitter
from ._drivers.async_waiter import AsyncWaiter
from ._errors import BudgetExceeded, ImageTasksError
from ._forking import start_anew_in_children
from ._http.sender import AsyncSender
from ._httpx import AsyncBaseTransport
from ._journal.listing import AsyncJournalListing
from ._request import Intent, Request, RequestPreview
from ._scheduling.events import OnEvent, Transition
from ._scheduling.policy import PollPolicy
from ._scheduling.scheduler import OnUpdate
from ._spending.spending import Spending
from ._submitting.choices import Providers
from ._task import Task, address
from .providers._capabilities import Capabilities
from .providers._keys import access_from_env, allow_hosts_from_env

if TYPE_CHECKING:
    from ._results.progress import OnProgress
    from ._results.stores import StoredFile
    from ._verification import Verification
    from .webhooks import WebhookEvent


class AsyncClient:
    """
    One client for many providers: submits tasks, waits for them, and saves their results.

        async with AsyncClient({"akool": "KEY"}) as client:
            task = await client.run("akool", ImageRequest("a lighthouse"), timeout=600)
            paths = await client.download(task, "out/")

    It belongs to the event loop that first uses it. `async with`, or `aclose`, closes it. After a fork, the client starts anew in
    the child.

    Args:
        access: a key or an `Access` for each provider. `from_env` reads them from the environment.
        policy: how to wait; see `PollPolicy`.
        transport: an httpx transport, for a proxy, a CA or a mock of your own. None uses httpx; an AsyncClient polls over
            pyreqwest if the extra `fast` is installed.
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
        transport: AsyncBaseTransport | None = None,
        on_event: OnEvent | None = None,
        allow_hosts: Collection[str] = (),
        journal: str | PathLike[str] | None = None,
        journal_prompts: bool = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._transport = transport
        self._core = core = Core(
            access,
            policy,
            clock,
            rng,
            on_event,
            slots=AsyncSender.slots(transport, providers=len(access)),
            journal=journal,
            journal_prompts=journal_prompts,
        )
        self._lifetime = life = Lifetime()
        self._exchanges = exchanges = AsyncExchanges(core, life, transport)
        self._submitter = AsyncSubmitter(core, life, exchanges, sleep)
        self._waiter = AsyncWaiter(core, life, exchanges, sleep)
        self._fallback = AsyncFallback(core, self._submitter, self._waiter)
        self._resumer = AsyncResumer(
            core, life, exchanges, self._submitter, self._waiter
        )
        self._downloads = AsyncDownloads(
            core, life, exchanges, transport, allow_hosts, sleep
        )
        start_anew_in_children(self)

    def _start_anew(self) -> None:
        """Called in a forked child. Waits that began in the parent continue there, not here."""
        self._core.start_anew(
            AsyncSender.slots(self._transport, providers=len(self._core.endpoints))
        )
        self._lifetime.start_anew()  # asyncio only
        self._exchanges.start_anew()
        self._downloads.start_anew()
        # The last one: it calls functions of the user, who may use the client in them.
        self._waiter.start_anew()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._core.providers)})"

    @classmethod
    def from_env(
        cls,
        *,
        policy: PollPolicy = PollPolicy(),
        transport: AsyncBaseTransport | None = None,
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

    async def verify(
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
        self._lifetime.check_usable()
        verifying = self._core.verifying(provider, max_credits)
        with verifying.folder(folder) as into:
            try:
                done = await self.run(
                    provider,
                    verifying.request,
                    timeout=timeout,
                    max_credits=max_credits,
                    on_update=verifying.see,
                )
                paths = await self.download(done, into)
                await in_thread(partial(verifying.take_files, paths))
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

    async def submit(
        self,
        provider: Providers,
        request: Request | None = None,
        *,
        label: str | None = None,
        max_credits: float | None = None,
    ) -> Task:
        """
        Create one task. Once the request may have arrived, it is never sent again, unless the provider deduplicates.

            task = await client.submit("akool", ImageRequest("a lighthouse"), label="row 7")

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
        return await self._fallback.submit(provider, request, label, max_credits)

    async def submit_many(
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

            outcomes = await client.submit_many("akool", [ImageRequest("a pier", count=4), ImageRequest("a lighthouse")])

        Args:
            provider: its name.
            requests: what to make; each may have a `count`. AKOOL makes up to 4 pictures per POST; the others make one.
            timeout: seconds for the whole call; None uses `policy.deadline`. A request not sent by then becomes a WaitTimeout.
            label: one text for all, or one for each request.
            max_credits: the most that all of them together may cost. If no page states a price, each task counts as an equal share.
            on_update: called with each task as it is accepted, even when the call is cancelled: it then sends nothing new, and
                waits at most `policy.attempt` seconds for the requests under way. A second cancellation breaks that off.

        Returns:
            A list in the order of the requests, with `count` entries for each. An entry is the task, or the error that `submit`
            would raise.
        """
        return await self._submitter.submit_many(
            provider, requests, timeout, label, max_credits, on_update
        )

    async def upscale(
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
        return await self._submitter.follow_up(task, "upscale", n, webhook_url, label)

    async def vary(
        self,
        task: Task,
        n: int,
        *,
        webhook_url: str | None = None,
        label: str | None = None,
    ) -> Task:
        """Create a task that makes variations of picture `n`. Arguments and errors are those of `upscale`."""
        return await self._submitter.follow_up(task, "vary", n, webhook_url, label)

    async def balance(self, provider: str) -> float:
        """
        The credits that are left (AKOOL). One request.

        Raises:
            UnsupportedRequest: the provider does not document a balance.
            ProviderError: the request failed.
        """
        return await self._exchanges.balance(provider)

    async def cancel(self, task: Task) -> Task:
        """
        Cancel a task, if the provider documents how. One request, never repeated.

        Returns:
            A snapshot. Its `state` says whether the call came in time.

        Raises:
            UnsupportedRequest: the provider documents no way to cancel; today, none does.
            ProviderError: the request failed.
        """
        return await self._exchanges.cancel(task)

    @overload
    async def fetch(self, task: Task, /) -> Task: ...
    @overload
    async def fetch(self, provider: str, task_id: str, /) -> Task: ...
    async def fetch(self, task: Task | str, task_id: str = "", /) -> Task:
        """
        Read a task once, whatever its state: `fetch(task)`, or `fetch(provider, task_id)`. One request, never repeated.

        Raises:
            TaskNotFound: the provider does not know the task.
            ProviderError: the request failed; `error.task` is the snapshot that you passed.
        """
        return await self._exchanges.fetch(*address(task, task_id))

    async def wait(
        self,
        task: Task,
        *,
        timeout: float | None = None,
        on_update: OnUpdate | None = None,
    ) -> Task:
        """
        Poll a task until it has succeeded.

            task = await client.wait(task, timeout=600, on_update=print)

        Network errors, HTTP 429 and 5xx do not end the wait, within the limits of `PollPolicy`. A task that has already ended needs
        no request. If you cancel the wait, the task continues at the provider; you can wait for it again at any time. Each error
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
        return await self._waiter.wait(task, timeout, on_update)

    async def run(
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

            task = await client.run(["akool", "gptimage2api"], ImageRequest("a lighthouse"), timeout=600)

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
                also a cancellation; with `asyncio.timeout`, that one is the `__cause__` of the TimeoutError.
        """
        return await self._fallback.run(
            provider, request, timeout, label, max_credits, on_update
        )

    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task]: ...
    @overload
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task | ImageTasksError]: ...
    def as_completed(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> AsyncIterator[Task | ImageTasksError]:
        """
        Wait for many tasks, of any providers, and yield each as it ends.

            async for task in client.as_completed(tasks, timeout=600):
                print(await client.download(task, "out/"))

        Args:
            tasks: what to wait for.
            timeout: seconds, counted from this call; None uses `policy.deadline`.
            return_errors: True yields the error of a task that did not succeed, with the task as its `task`. False raises the first
                error; you can wait for the other tasks again.
            on_update: called with a task at each change of its state.
        """
        return self._waiter.as_completed(tasks, timeout, return_errors, on_update)

    @overload
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: Literal[False] = False,
        on_update: OnUpdate | None = None,
    ) -> list[Task]: ...
    @overload
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool,
        on_update: OnUpdate | None = None,
    ) -> list[Task | ImageTasksError]: ...
    async def wait_all(
        self,
        tasks: Iterable[Task],
        *,
        timeout: float | None = None,
        return_errors: bool = False,
        on_update: OnUpdate | None = None,
    ) -> Any:
        """Wait for many tasks, and return them in the order they were given. The arguments are those of `as_completed`."""
        return await self._waiter.wait_all(tasks, timeout, return_errors, on_update)

    def events(
        self, tasks: Iterable[Task], *, timeout: float | None = None
    ) -> AsyncIterator[Transition]:
        """
        Yield each change of state of these tasks, for progress views. The last `Transition` of a task has `is_last`.

        A task that does not succeed raises nothing: its last `Transition` has the `error`. `timeout` is in seconds, counted from
        this call; None uses `policy.deadline`.
        """
        return self._waiter.watch(tasks, timeout)

    @property
    def journal(self) -> AsyncJournalListing:
        """What the journal holds, as lists. Raises JournalError if the client has no journal."""
        return AsyncJournalListing(self._core.books.journal)

    def resume(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> AsyncIterator[Task | ImageTasksError]:
        """
        Continue every open task of the journal, also those of earlier programs, and yield each as it ends.

        A task is open until `download` has saved its results, the task fails, or `release` or `abandon` closes it. Tasks that have
        already succeeded come first: as the task, or as ArtifactExpired if the documented lifetime of all its results is over. Then
        the client waits for the others. A task that does not succeed comes as its error.

        Args:
            timeout: seconds; None uses `policy.deadline`.
            on_update: called with a task at each change of its state.
        """
        return self._resumer.resume(timeout, on_update)

    async def resume_all(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> list[Task | ImageTasksError]:
        """
        Like `resume`, but as a list, followed by a SubmitOutcomeUnknown for each submit that may have been accepted.

            for outcome in await client.resume_all(timeout=600):
                if isinstance(outcome, Task):
                    await client.download(outcome, "out/")

        Settle the `intent` of each SubmitOutcomeUnknown with `resolve`, `resubmit` or `abandon`; otherwise the next call returns it
        again.
        """
        return await self._resumer.resume_all(timeout, on_update)

    async def resolve(self, intent: Intent, task_id: str) -> Task:
        """
        Settle an unknown submit by naming its task. The client fetches the task once as proof; then it is open like any other.

        Args:
            intent: of a SubmitOutcomeUnknown, or from `client.journal`.
            task_id: the id that you found at the vendor.

        Raises:
            ProviderError: the fetch failed; nothing has changed.
            JournalError: the intent is already settled, or the journal already has the task.
        """
        return await self._resumer.resolve(intent, task_id)

    async def resubmit(self, intent: Intent, *, request: Request | None = None) -> Task:
        """
        Send an unknown submit once more. You may be billed twice, unless the provider deduplicates: there the client sends the same
        `idempotency_key` again.

        The intent is settled when the provider accepts the request. Pass `request` if the journal leaves out prompts. Returns and
        raises what `submit` does.
        """
        return await self._resumer.resubmit(intent, request)

    async def release(self, task: Task) -> None:
        """
        Close a task in the journal: you are done with it, and `resume` will not return it. `download` does this by itself.

        Raises:
            JournalError: the journal does not know the task. A second call changes nothing.
        """
        await self._resumer.release(task)

    async def abandon(self, what: Intent | Task) -> None:
        """Give up an unknown submit or a task: `resume_all` will not return it. Nothing is sent to the provider."""
        await self._resumer.abandon(what)

    @overload
    async def download(
        self,
        task: Task,
        folder: str | PathLike[str],
        *,
        timeout: float = ...,
        on_progress: OnProgress | None = ...,
        sidecar: bool = ...,
        name: str = ...,
    ) -> list[Path]: ...

    @overload
    async def download(
        self,
        task: Task,
        *,
        store: str | PathLike[str],
        timeout: float = ...,
        on_progress: OnProgress | None = ...,
        sidecar: bool = ...,
    ) -> list[StoredFile]: ...

    async def download(
        self,
        task: Task,
        folder: str | PathLike[str] | None = None,
        *,
        store: str | PathLike[str] | None = None,
        timeout: float = 600,
        on_progress: OnProgress | None = None,
        sidecar: bool = False,
        name: str = "{provider}-{id}-{n}",
    ) -> list[Path] | list[StoredFile]:
        """
        Save the results of a task as files in a folder, or in an object store.

            paths = await client.download(task, "out/", timeout=600, sidecar=True)
            files = await client.download(task, store="s3://pictures/2026")

        A file appears whole or not at all. No other file is overwritten; a repeated call leaves its own files as they are. Requests
        carry no credentials, and go over https to public addresses only. Broken transfers are retried. If a result is gone, the
        client asks the provider once for a new URL.

        Args:
            task: a task that has succeeded.
            folder: where the files go; it is created if needed.
            store: `s3://bucket/prefix`, `gs://` or `az://`, in place of the folder. It needs the extra `storage`, and takes
                credentials from the environment. A folder may be a store, too. The files are named `{provider}-{id}-{n}`;
                a repeated call replaces the same files.
            timeout: seconds for the whole call. Object stores have limits of their own: 30 s a request, repeated for 3 minutes.
            on_progress: called with a `Progress`, from one thread at a time. It may use any client.
            sidecar: True writes `{file}.json` beside each file, with the request and the origin of the file; see `Sidecar`. It
                holds no key, and no prompt with `journal_prompts=False`. If another file has that name, it stays, and DownloadError
                is raised.
            name: the file's name without its extension. It may contain `{provider}`, `{id}`, `{n}`, `{label}`, `{model}` and
                `{kind}`. Characters that are unsafe in a file name become `_`. If another file has the name, provider, id and
                number are added.

        Returns:
            The paths, in the provider's order; of a store a `StoredFile` each. The task is then closed in the journal.

        Raises:
            DownloadError: a result could not be fetched or saved. Complete files stay.
            ArtifactExpired: a result is gone, and its documented lifetime is over.
            ValueError: `name` contains an unknown field, the store cannot be used, or the folder is the URL of a store.
            ImportError: the extra `storage` is not installed.
        """
        return await self._downloads.download(
            task,
            folder,
            store,
            timeout=timeout,
            on_progress=on_progress,
            sidecar=sidecar,
            name=name,
        )

    def notify(self, event: WebhookEvent) -> None:
        """
        Pass a webhook event to the client. If a wait for its task is under way, it polls the task at once.

        The client does not trust the event itself. Any thread may call this. While webhooks arrive, the client polls tasks that
        have one only every 30 s. If a task ends and no webhook announces it, the client polls at the usual gaps again. If no wait
        is under way yet, the next wait for the task polls it at once.
        """
        self._waiter.notify(
            event.provider, event.task_id, has_ended=event.state.is_terminal
        )

    async def aclose(self) -> None:
        """
        Close the connections and the journal. Tasks continue at their providers.

        Waits under way end with a RuntimeError, and so does every later call.

        Raises:
            RuntimeError: called from another event loop while the client's own is still open. The journal is closed all the same.
        """
        self._lifetime.end()
        async with AsyncExitStack() as closing:
            # These run in reverse order, and each runs even if another one fails. The journal is closed last.
            closing.push_async_callback(in_thread, self._core.books.close)
            if self._lifetime.has_lost_its_loop:  # asyncio only
                return  # the connections ended with the loop # asyncio only
            self._lifetime.check_loop()  # asyncio only
            closing.push_async_callback(self._downloads.aclose)
            closing.push_async_callback(self._exchanges.aclose)
            closing.push_async_callback(self._waiter.aclose)

    async def __aenter__(self) -> Self:
        self._lifetime.check_usable()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
