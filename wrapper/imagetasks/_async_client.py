"""AsyncClient: the verbs, and what they promise. `_drivers` carries them out. `Client` is made of this file by `make generate`."""

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

    It belongs to the event loop that first uses it. `async with`, or `aclose`, closes it. A fork gets a client that starts anew.

    Args:
        access: a key or an `Access` for each provider. `from_env` reads them from the environment.
        policy: how to wait; see `PollPolicy`.
        transport: an httpx transport, for a proxy, a CA or a mock of your own. None takes httpx, and for polls of AsyncClient
            pyreqwest, where the extra `fast` is installed.
        on_event: a function that is called with each `Submitting`, `Submitted`, `Polled`, `Slowed`, `Transition` and
            `Downloaded`, in whichever thread it happens. It must not wait with the same client. `imagetasks.otel.Telemetry`
            is one.
        allow_hosts: hosts that results may come from although they are private or without TLS, by exact name.
        journal: a file that keeps submits and tasks through crashes; see `resume_all`. It is opened here, and one client at a
            time may have it.
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
        """In a child that was forked."""
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

        It also reads `<PROVIDER>_BASE_URL` and `<PROVIDER>_TIER`, and `IMAGETASKS_ALLOW_HOSTS` where no `allow_hosts` are given. The
        arguments are those of the class.

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
        """Where the answers so far differ from the providers' specs, in the order of appearance; at most 1000 entries."""
        return self._core.calls.drift

    def capabilities(self, provider: str) -> Capabilities:
        """What a provider's API can express: which field of a request goes where, and which values it takes."""
        return self._core.capabilities(provider)

    def check(self, provider: str, request: Request) -> RequestPreview:
        """
        The HTTP request that `submit` would send, with its documented price. Nothing is sent.

        Of a request with a `count` it is the first one that `submit_many` would send.

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
            max_credits: what the picture may cost at most. Where no page states a price, this is the only limit.
            folder: where the file goes. None uses a temporary folder that is deleted.
            timeout: seconds until the task has ended; None takes `policy.deadline`.

        Returns:
            A `Verification`. Whatever goes wrong once the submit is tried is its `error`, together with the task.

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

        These are the tasks that this client submitted or, with a journal, all tasks of that journal. `credits` is what the provider
        charged, where it tells, else the documented price. Refunds are taken off. The numbers are as new as the last look at each
        task.
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
        Create one task. The request is never sent again once it may have arrived, unless the provider deduplicates.

            task = await client.submit("akool", ImageRequest("a lighthouse"), label="row 7")

        Args:
            provider: a name. Or several names in the order of trying, `["akool", "gptimage2api"]`; or a request for each,
                `{"akool": request, "gptimage2api": other}`. The next provider is asked only when the one before certainly did not
                take the submit: it was not reached, answered 429, would hold the submit back for over a second, lacks credits or a
                valid key, or its API cannot express the request. Never after an unknown outcome, or a refusal of the request.
            request: what to make. None where `provider` has the requests.
            label: a short text of yours, such as the number of a row. Journal, task, token, events and errors keep it; the provider
                does not get it.
            max_credits: what the task may cost at most, by its highest documented price. Where no page states a price, all of
                `max_credits` counts against a `credit_limit`.

        Returns:
            The task as it was accepted. `Task.tried` says which providers were asked before.

        Raises:
            UnsupportedRequest, InvalidRequest, BudgetExceeded: nothing was sent.
            ProviderError: the provider refused, or was not reached; see its subclasses.
            TaskFailed: the provider answered with a task that has failed already.
            SubmitOutcomeUnknown: nobody can tell whether the task exists. Do not submit again before you have looked.
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
            requests: what to make; each may have a `count`. AKOOL makes up to 4 of them in one POST, elsewhere each is a POST.
            timeout: seconds for the whole call; None takes `policy.deadline`. What was not sent by then is a WaitTimeout.
            label: one text for all, or one for each request.
            max_credits: what all of them together may cost. Where no page states a price, each task counts as an equal share.
            on_update: called with each task as it is accepted. It gets all of them even when the call is cancelled: then nothing
                new is sent, and what is under way is waited for, at most `policy.attempt` seconds. A second cancellation breaks
                that off.

        Returns:
            A list in order, with `count` entries for each request. An entry is the task, or in its place the error that `submit`
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
        Create a task that makes picture `n` of a finished task larger (AKOOL). As with `submit`, it is never sent twice blindly.

        Args:
            task: a task that has succeeded. One without `raw` is fetched first.
            n: the picture, from 1 to 4.
            webhook_url: where AKOOL reports the new task.
            label: as in `submit`.

        Raises:
            UnsupportedRequest: the provider has no such button, the task has not succeeded, or the button was used already.
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
        """Create a task that makes variations of picture `n`. Everything else is as in `upscale`."""
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
        End a task before its time, where the provider documents that. One request, never repeated.

        Returns:
            A snapshot, which says whether the call came in time.

        Raises:
            UnsupportedRequest: the provider does not document it; today none does.
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
            ProviderError: the request failed; the error carries the task as it was known.
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

        Network errors, HTTP 429 and 5xx do not end the wait, within the limits of `PollPolicy`. A task that has ended already makes
        no request. If you cancel the wait, the task lives on at the provider; wait for it again whenever you like.
        Each error carries the last snapshot as `task`: wait again with that, or keep `task.to_token()`.

        Args:
            task: from `submit`, `fetch`, `Task.from_token` or an error.
            timeout: seconds for the whole call; None takes `policy.deadline`, which is 600 unless you change it.
            on_update: a function, called with the task at each change of its state.

        Returns:
            The task, with its `artifacts`. Pass it to `download`.

        Raises:
            TaskFailed: the provider ended the task without a result; `error.task.error` says why.
            WaitTimeout: time is up. The task may still finish.
            PollOutage: no good answer for longer than `policy.outage`.
            UnknownState: a state that the provider does not document, for longer than `policy.unknown_grace`.
            ProviderError: an error that another look cannot heal, such as AuthenticationError or TaskNotFound.
            RuntimeError: the client is closed, or was closed meanwhile.
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
            timeout: seconds for all of it; None takes `policy.deadline`.
            on_update: called with the task as it was accepted, and at each change of its state.

        Of several providers, the next one is also asked when a task failed for a documented reason that another provider may not
        have (`Reason.STORAGE`, `NO_RESULT`, `TIMEOUT`). It is never asked after a failure for content, nor when no page says why.

        Returns:
            The task that has succeeded; `Task.tried` says which providers were asked before.

        Raises:
            ImageTasksError: what `submit` and `wait` raise. Whatever ends the wait has the accepted task as its attribute `task`,
                also a cancellation; of `asyncio.timeout` that is the `__cause__` of the TimeoutError.
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
            timeout: seconds, counted from this call; None takes `policy.deadline`.
            return_errors: True yields an error in the place of a task that did not succeed, with the task as its `task`. False
                raises the first error; the other tasks can be waited for again.
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
        Yield every change of state of these tasks, and one end for each of them: for progress views.

        Nothing is raised for a task: a `Transition` that ends without a result has an `error`. `timeout` is in seconds, counted from
        this call; None takes `policy.deadline`.
        """
        return self._waiter.watch(tasks, timeout)

    @property
    def journal(self) -> AsyncJournalListing:
        """What the journal holds, as lists. Raises JournalError where the client has no journal."""
        return AsyncJournalListing(self._core.books.journal)

    def resume(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> AsyncIterator[Task | ImageTasksError]:
        """
        Continue every open task of the journal, also those of programs that are gone, and yield each as it ends.

        A task is open until `download` has saved its results, it has failed, or `release` or `abandon` closes it. Tasks that have
        succeeded already come first: as the task, or as ArtifactExpired once the documented lifetime of all its results is over. The
        others are waited for. A task that does not end well comes as its error.

        Args:
            timeout: seconds; None takes `policy.deadline`.
            on_update: called with a task at each change of its state.
        """
        return self._resumer.resume(timeout, on_update)

    async def resume_all(
        self, *, timeout: float | None = None, on_update: OnUpdate | None = None
    ) -> list[Task | ImageTasksError]:
        """
        `resume` as a list, followed by a SubmitOutcomeUnknown for each submit that may have been accepted.

            for outcome in await client.resume_all(timeout=600):
                if isinstance(outcome, Task):
                    await client.download(outcome, "out/")

        Settle the `intent` of each SubmitOutcomeUnknown with `resolve`, `resubmit` or `abandon`; else it comes again next time.
        """
        return await self._resumer.resume_all(timeout, on_update)

    async def resolve(self, intent: Intent, task_id: str) -> Task:
        """
        Say which task an unknown submit became. The task is fetched once as proof, and continues as any other.

        Args:
            intent: of a SubmitOutcomeUnknown, or from `client.journal`.
            task_id: the vendor's id, as you found it there.

        Raises:
            ProviderError: the fetch failed; nothing has changed.
            JournalError: the intent is settled already, or the task is known.
        """
        return await self._resumer.resolve(intent, task_id)

    async def resubmit(self, intent: Intent, *, request: Request | None = None) -> Task:
        """
        Send an unknown submit once more. It may be billed twice, except by a provider that deduplicates: there it goes out with the
        same `idempotency_key`.

        The intent is settled when the provider accepts. `request` is needed where the journal leaves out prompts. Returns and raises
        what `submit` does.
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
        """Let an unknown submit, or a task, go: `resume_all` will not return it. The provider is told nothing."""
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
        carry no credentials, and go over https to public addresses only. Broken transfers are retried. A result that is gone is
        asked for once more under the URL that the provider then gives.

        Args:
            task: one that has succeeded.
            folder: where the files go; it is made if need be.
            store: `s3://bucket/prefix`, `gs://` or `az://`, in place of the folder. It needs the extra `storage`, and takes
                credentials from the environment. A folder may be a store, too. The files are named `{provider}-{id}-{n}`;
                a repeated call puts the same files in their place.
            timeout: seconds for the whole call. Object stores have limits of their own: 30 s a request, repeated for 3 minutes.
            on_progress: called with a `Progress`, from one thread at a time. It may use any client.
            sidecar: True writes `{file}.json` beside each file, which says what the file was made of; see `Sidecar`. It holds no
                key, and no prompt with `journal_prompts=False`. Another file of that name is left alone, and is a DownloadError.
            name: the file's name without its extension, of `{provider}`, `{id}`, `{n}`, `{label}`, `{model}` and `{kind}`.
                Characters that a file name should not hold become `_`. If another file has the name, provider, id and number are
                added.

        Returns:
            The paths, in the provider's order; of a store a `StoredFile` each. The task is then closed in the journal.

        Raises:
            DownloadError: a result could not be fetched or saved. Files that are complete stay.
            ArtifactExpired: a result is gone, and its documented lifetime is over.
            ValueError: `name` has another field, the store cannot be used, or the folder is the URL of a store.
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
        Tell the client what a webhook says: whoever waits for that task looks at it at once.

        The event itself is never taken for the truth. May be called from any thread. While webhooks arrive, tasks that have one are
        polled every 30 s only; once a task ends that no webhook announced, polling takes over. If nobody waits yet, the next wait for
        the task looks at once.
        """
        self._waiter.notify(
            event.provider, event.task_id, has_ended=event.state.is_terminal
        )

    async def aclose(self) -> None:
        """
        Close the connections and give the journal back. Tasks live on at their providers.

        Whoever still waits gets a RuntimeError, and so does every later call.

        Raises:
            RuntimeError: this is another event loop, and the client's own can still close it. The journal is given back all the same.
        """
        self._lifetime.end()
        async with AsyncExitStack() as closing:
            # The last one comes first. Each is closed, and the journal given back, whatever becomes of the others.
            closing.push_async_callback(in_thread, self._core.books.close)
            if self._lifetime.has_lost_its_loop:  # asyncio only
                return  # its connections went with it # asyncio only
            self._lifetime.check_loop()  # asyncio only
            closing.push_async_callback(self._downloads.aclose)
            closing.push_async_callback(self._exchanges.aclose)
            closing.push_async_callback(self._waiter.aclose)

    async def __aenter__(self) -> Self:
        self._lifetime.check_usable()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
