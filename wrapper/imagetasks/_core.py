"""What both clients know and decide. Nothing here sends, sleeps or waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from os import PathLike
from typing import TYPE_CHECKING

from ._access import Access
from ._errors import ImageTasksError, UnsupportedRequest
from ._results.successes import Successes
from ._scheduling.events import Observer, OnEvent, Transition
from ._scheduling.learning import Learning
from ._scheduling.limits import Limits
from ._scheduling.policy import PollPolicy, check_timeout
from ._scheduling.poll import Poll
from ._scheduling.queue import ProviderQueue
from ._scheduling.scheduler import Scheduler
from ._scheduling.wait import Deliver, Wait
from ._scheduling.webhook_evidence import WebhookEvidence
from ._submitting.bookkeeper import Bookkeeper
from ._submitting.pressed import PressedButtons
from ._submitting.submissions import Submissions
from ._task import Task
from .providers import PROVIDERS, check_provider
from .providers._accounts import USER_AGENT, Accounts
from .providers._calls import Calls
from .providers._capabilities import Capabilities
from .providers._cheapest import cheapest_picture

if TYPE_CHECKING:
    from ._http.endpoint import Endpoint
    from ._journal.journal import Journal
    from ._request import OriginalRequest
    from ._results.sidecar_writing import Sidecars
    from ._results.task_download import DownloadSettings
    from ._verification import Verifying


class Core:
    """
    The decisions behind a client: which calls to make, what their answers mean, what to keep.

    A client owns one, and carries out what it says.
    """

    def __init__(
        self,
        access: Mapping[str, Access | str],
        policy: PollPolicy,
        clock: Callable[[], float],
        rng: random.Random | None,
        on_event: OnEvent | None,
        slots: int,
        journal: str | PathLike[str] | None,
        journal_prompts: bool,
    ) -> None:
        self._accounts = Accounts(access)
        self._keeps_prompts = journal_prompts
        self.policy = policy
        self.clock = clock
        self._given_rng = rng
        self.endpoints = self._accounts.endpoints
        self.books = Bookkeeper(
            None
            if journal is None
            else _open_journal(journal, journal_prompts, self.endpoints),
            self._accounts.credit_limits,
        )
        self.observer = Observer(
            on_event, self.books.write_file if self.books.keeps else None
        )
        self._pressed = PressedButtons()
        self.start_anew(slots)

    def start_anew(self, slots: int) -> None:
        """Without waits, and without what other processes were told. The journal stays with the process that opened it."""
        accounts = self._accounts
        self.books.ledger.start_anew()
        # Forked workers that drew alike would poll in step.
        self._rng = self._given_rng or random.Random()
        self._successes = Successes(self.clock)
        self.calls = Calls(accounts, self._successes.note)
        self.submissions = Submissions(
            accounts, self.policy, self.clock, self._rng, slots, self._pressed
        )
        self._learning = {name: Learning() for name in accounts.names}
        self._webhooks = {name: WebhookEvidence(name) for name in accounts.names}
        queues = {
            name: ProviderQueue(
                slots, Limits(accounts.poll_limits(name)), self._webhooks[name]
            )
            for name in accounts.names
        }
        self.scheduler = Scheduler(
            queues, wants_polls=lambda: self.observer.wants_polls
        )

    @property
    def providers(self) -> Iterable[str]:
        return self._accounts.names

    def capabilities(self, provider: str) -> Capabilities:
        check_provider(provider)
        return deepcopy(PROVIDERS[provider].capabilities)

    def verifying(self, provider: str, max_credits: float) -> Verifying:
        """Raises AuthenticationError without a key, UnsupportedRequest, BudgetExceeded."""
        from ._verification import Verifying, check_max_credits

        adapter = self._accounts.provider(provider)
        request = cheapest_picture(adapter)
        preview = self.submissions.preview(provider, request)
        highest = adapter.highest_price(request, preview.body)
        check_max_credits(provider, max_credits, highest)
        return Verifying(
            request, preview, known_drift=self.calls.drift, clock=self.clock
        )

    def begin_waits(
        self, tasks: Iterable[Task], timeout: float | None, deliver: Deliver
    ) -> list[Wait]:
        """
        What to give to the engine. A task that cannot be asked for has ended before it began: of a provider that nobody
        knows, or for which there is no key, or under an id that no vendor gives.
        """
        budget = check_timeout(self.policy.deadline if timeout is None else timeout)
        waits: list[Wait] = []
        for n, task in enumerate(tasks):
            try:
                poll = self._poll(task, budget)
            except (ImageTasksError, ValueError) as cause:
                error = (
                    cause
                    if isinstance(cause, ImageTasksError)
                    else UnsupportedRequest(str(cause))
                )
                error.task = task
                deliver(
                    Transition(
                        n=n, task=task, before=task.state, waited=0.0, error=error
                    )
                )
            else:
                waits.append(Wait(n, poll, self.books.writing(task, deliver)))
        return waits

    def _poll(self, task: Task, timeout: float) -> Poll:
        provider = self._accounts.provider(task.provider)
        self.calls.fetch(task.provider, task.id)
        refresh = provider.refresh
        follows = self.policy.follow_refresh and refresh is not None
        learns = self.policy.learn and not follows
        return Poll(
            task,
            self.policy,
            gap=self.policy.gap(provider.poll_gap, refresh=refresh),
            now=self.clock(),
            rng=self._rng,
            timeout=timeout,
            learning=self._learning[provider.name] if learns else None,
            webhooks=self._webhooks[provider.name],
        )

    def downloads(self, allow_hosts: Collection[str]) -> DownloadSettings:
        from ._results.hosts import Hosts
        from ._results.task_download import DownloadSettings

        return DownloadSettings(
            Hosts.of(allow_hosts, self._accounts.access),
            USER_AGENT,
            self.observer,
            self.policy.attempt,
            self.clock,
            self._rng,
            self._successes,
        )

    def sidecars(self, task: Task, asked: OriginalRequest | None) -> Sidecars:
        """`asked`: what it was made from, as far as anybody knows."""
        from ._results.sidecar_writing import Sidecars

        keys = [access.api_key for access in self._accounts.access.values()]
        return Sidecars(task, asked, prompts=self._keeps_prompts, keys=keys)


def _open_journal(
    path: str | PathLike[str], prompts: bool, endpoints: Mapping[str, Endpoint]
) -> Journal:
    from ._journal.journal import Journal  # brings SQLite

    base_urls = {name: endpoint.base_url for name, endpoint in endpoints.items()}
    return Journal(path, prompts=prompts, base_urls=base_urls)
