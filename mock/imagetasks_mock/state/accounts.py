"""Who may call, and what they have: keys, credits, and the tier whose limits hold for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from threading import RLock
from typing import NamedTuple

from .tasks import Task

DEFAULT_KEY = "mock-key"
CLIENT_ID = "mock-client-id-0"
"""Stands for what AKOOL gives out beside a key: 16 bytes, the length of its documented use."""


class Settings(NamedTuple):
    """What a scenario says of an account."""

    key: str = DEFAULT_KEY
    credits: int | Mapping[str, int] | None = None
    tier: str | None = None
    client_id: str = CLIENT_ID


class Account:
    """
    One API key at every vendor. Each vendor keeps its own books; what has no number in
    `credits` is without limit.
    """

    def __init__(self, settings: Settings, providers: Iterable[str]) -> None:
        self.key = settings.key
        self.tier = settings.tier
        self.client_id = settings.client_id
        credits = settings.credits
        if isinstance(credits, int):
            credits = dict.fromkeys(providers, credits)
        self._credits = dict(credits or {})
        self._spent: dict[str, int] = {}
        self._open: dict[str, list[Task]] = {}
        self._settle_at: dict[str, int] = {}
        self._lock = RLock()

    def __repr__(self) -> str:
        return f"Account(tier={self.tier!r}, credits={self._credits})"

    def balance(self, provider: str) -> int | None:
        """Credits that are left; None without limit."""
        with self._lock:
            self._settle(provider)
            return self._credits.get(provider)

    def spent(self, provider: str) -> int:
        """Credits charged so far, without what came back."""
        with self._lock:
            self._settle(provider)
            return self._spent.get(provider, 0)

    def give(self, provider: str, credits: int) -> None:
        """Set what is left."""
        with self._lock:
            self._settle(provider)
            self._credits[provider] = credits

    def affords(self, provider: str, credits: int) -> bool:
        with self._lock:
            left = self._credits.get(provider)
            if left is None or left >= credits:
                return True
            self._settle(provider)  # a refund may have come back
            return self._credits[provider] >= credits

    def charge(self, task: Task) -> None:
        """Take what the task costs, before it has run."""
        with self._lock:
            self._book(task.provider, task.credits or 0)
            tasks = self._open.setdefault(task.provider, [])
            tasks.append(task)
            # Now and then, so that a vendor with many tasks is not gone through at every submit.
            if len(tasks) > self._settle_at.get(task.provider, 64):
                self._settle(task.provider)
                still = len(self._open[task.provider])
                self._settle_at[task.provider] = 2 * still + 64

    def active(self, provider: str) -> list[Task]:
        """Its tasks that have not ended."""
        with self._lock:
            self._settle(provider)
            return list(self._open.get(provider, ()))

    def _settle(self, provider: str) -> None:
        """Let go of the tasks that have ended, and give back what the failed ones cost where documented."""
        before, self._open[provider] = self._open.get(provider, []), []
        for task in before:
            if not task.is_terminal:
                self._open[provider].append(task)
            elif task.is_refunded:
                self._book(provider, -(task.credits or 0))

    def _book(self, provider: str, credits: int) -> None:
        self._spent[provider] = self._spent.get(provider, 0) + credits
        if provider in self._credits:
            self._credits[provider] -= credits


class Accounts:
    """
    By API key. Where none is configured every key is good and sees all tasks, as pages show a
    submit with one key and its status call with another; each still has books of its own.

        mock.accounts["mock-key"].give("akool", 3)
    """

    def __init__(
        self, configured: Iterable[Settings], keys: Iterable[str] | None
    ) -> None:
        self.configure(configured, keys)
        self._providers: tuple[str, ...] = ()
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, str] = {}

    def configure(
        self, configured: Iterable[Settings], keys: Iterable[str] | None
    ) -> None:
        """What `reset` goes back to."""
        by_key = {settings.key: settings for settings in configured}
        for key in keys or ():
            by_key.setdefault(key, Settings(key))
        self._configured = by_key
        self.are_one = keys is None and by_key.keys() <= {DEFAULT_KEY}

    @property
    def settings(self) -> Iterable[Settings]:
        """Of the accounts that are configured."""
        return tuple(self._configured.values())

    def is_configured(self, key: str) -> bool:
        """Whether the scenario, or an option, names it."""
        return key in self._configured

    @property
    def first_key(self) -> str:
        return next(iter(self._configured), DEFAULT_KEY)

    def know(self, provider: str) -> None:
        self._providers += (provider,)

    def reset(self) -> None:
        self._accounts.clear()
        self._tokens.clear()

    def __getitem__(self, key: str) -> Account:
        """The account of a key that is good; KeyError for another."""
        key = self._tokens.get(key, key)
        if key not in self._accounts:
            if not (self.are_one or key in self._configured):
                raise KeyError(key)
            settings = self._configured.get(key, Settings(key))
            self._accounts[key] = Account(settings, self._providers)
        return self._accounts[key]

    def __iter__(self) -> Iterator[Account]:
        """Those that are configured or have been used."""
        for key in {**self._configured, **self._accounts}:
            yield self[key]

    def find(self, key: str) -> Account | None:
        try:
            return self[key]
        except KeyError:
            return None

    def add_token(self, token: str, account: Account) -> None:
        """Good in place of the account's key."""
        self._tokens[token] = account.key
