"""
What a client may spend, has reserved and has spent.

A submit reserves its highest documented price before it leaves. What the vendor accepts becomes the cost of its tasks, which
the vendor's own numbers and refunds correct. What it refuses is free again. What nobody can tell stays reserved.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from .._access import check_credits
from .._errors import BudgetExceeded
from .._task import State, Task
from .spending import Cost, Spending, SpendingSums

ROUNDING = 1e-6
"""Credits: sums of prices with decimals may be off by less."""


class Booking(Protocol):
    """What the ledger has to know of a submit of `count` tasks."""

    @property
    def id(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def model(self) -> str | None: ...
    @property
    def highest_price(self) -> float | None:
        """Credits for all its tasks; None where no page states a price."""

    @property
    def call_limit(self) -> CallLimit | None: ...
    @property
    def replaces_id(self) -> str | None:
        """The submit whose unknown outcome this one settles."""


class CallLimit:
    """`max_credits` of one call, shared by its `tasks`."""

    def __init__(self, max_credits: float, *, tasks: int) -> None:
        self.max_credits = check_credits(max_credits, "max_credits")
        self.share = max_credits / max(tasks, 1)
        """What a task may cost whose price no page states."""
        self.counted = 0.0


@dataclass(slots=True)
class Reservation:
    provider: str
    credits: float
    call: CallLimit | None = None


class Accepted(NamedTuple):
    """What an accepted submit costs: each of its tasks, and what stays reserved for those that the answer lacks."""

    costs: list[Cost]
    still_reserved: float


class Books(NamedTuple):
    """What a journal knows of earlier programs."""

    spent: Sequence[Spending]
    """Of tasks whose cost changes no more."""
    counted: Mapping[str, float]
    """Credits of those that count against the limits, by vendor."""
    costs: Mapping[tuple[str, str], Cost]
    """Of the other tasks, by vendor and id."""
    reserved: Mapping[str, tuple[str, float]]
    """Vendor and credits of submits that may have been accepted, by the id of their intent."""


class Ledger:
    """For any thread. `limits`: credits that a vendor's tasks may cost together, for the vendors that have a limit."""

    def __init__(self, limits: Mapping[str, float], books: Books | None = None) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._reservations: dict[str, Reservation] = {}
        # Tasks whose cost may still change. The others are in the sums only.
        self._costs: dict[tuple[str, str], Cost] = {}
        self._calls: dict[tuple[str, str], CallLimit] = {}
        self._counted: dict[str, float] = {}
        self._spent = SpendingSums(() if books is None else books.spent)
        if books is not None:
            self._counted.update(books.counted)
            for place, cost in books.costs.items():
                self._add(place, cost, None)
            for intent, (provider, credits) in books.reserved.items():
                self._reservations[intent] = Reservation(provider, credits)

    def start_anew(self) -> None:
        """In a child that was forked: a thread of the parent may have held the lock."""
        self._lock = threading.Lock()

    def reserve(self, submission: Booking) -> float:
        """
        Set aside what the attempt that is about to leave may cost. Returns what is reserved. Raises BudgetExceeded.
        """
        provider, call = submission.provider, submission.call_limit
        credits = self._most(submission)
        with self._lock:
            if (held := self._reservations.get(submission.id)) is not None:
                return held.credits
            if (limit := self._limits.get(provider)) is not None:
                spent, reserved = self._of(provider)
                if spent + reserved + credits > limit + ROUNDING:
                    raise _exceeded(provider, limit, spent, reserved, credits)
            if call is not None:
                if call.counted + credits > call.max_credits + ROUNDING:
                    raise _call_exceeded(provider, call, credits)
                call.counted += credits
            self._reservations[submission.id] = Reservation(provider, credits, call)
        return credits

    def free(self, submission_id: str) -> None:
        """The vendor took nothing of it."""
        with self._lock:
            self._take(submission_id)

    def accept(self, submission: Booking, tasks: Sequence[Task]) -> Accepted:
        """The vendor gave these tasks."""
        price, count = submission.highest_price, submission.count
        day = datetime.now(UTC).date()
        with self._lock:
            held = self._take(submission.id)
            each = 0.0 if held is None else held.credits / count
            costs = [
                _seen(
                    Cost(
                        task.provider,
                        task.model or submission.model,
                        day,
                        reserved=each,
                        estimated=None if price is None else price / count,
                    ),
                    task,
                )
                for task in tasks
            ]
            call = None if held is None else held.call
            for task, cost in zip(tasks, costs, strict=True):
                # Where the vendor deduplicates, a repeated submit gives the task that is known.
                if (task.provider, task.id) not in self._costs:
                    self._add((task.provider, task.id), cost, call)
                self._drop_if_final(task)
            still_reserved = each * max(count - len(tasks), 0)
            if still_reserved:
                self._put(submission.id, submission.provider, still_reserved, call)
            if submission.replaces_id is not None:
                self._take(submission.replaces_id)
        return Accepted(costs, still_reserved)

    def found(self, intent_id: str, task: Task, *, tasks: int) -> Accepted:
        """What it would cost if one of the `tasks` of a submit, whose outcome is unknown, were this one. Changes nothing."""
        day = datetime.now(UTC).date()
        with self._lock:
            held = self._reservations.get(intent_id)
        each = 0.0 if held is None else held.credits / tasks
        cost = Cost(task.provider, task.model, day, reserved=each, estimated=each)
        return Accepted([_seen(cost, task)], each * (tasks - 1))

    def resolve(self, intent_id: str, task: Task, accepted: Accepted) -> None:
        """It is that one."""
        with self._lock:
            self._take(intent_id)
            self._add((task.provider, task.id), accepted.costs[0], None)
            self._drop_if_final(task)
            if accepted.still_reserved:
                self._put(intent_id, task.provider, accepted.still_reserved, None)

    def knows(self, task: Task) -> bool:
        """Whether what it costs may still change."""
        return (task.provider, task.id) in self._costs

    def see(self, provider: str, task_id: str, task: Task) -> None:
        """A snapshot of a task: it may say what was charged, or given back."""
        place = (provider, task_id)
        with self._lock:
            if (cost := self._costs.get(place)) is None:
                return
            seen = _seen(cost, task)
            if seen != cost:
                call = self._calls.get(place)
                self._remove(place)
                self._add(place, seen, call)
            self._drop_if_final(task, place)

    def spent(self) -> list[Spending]:
        """By vendor, model and day."""
        with self._lock:
            sums = SpendingSums(self._spent.rows())
            for cost in self._costs.values():
                sums.add(cost)
        return sums.rows()

    def reserved(self, provider: str) -> float:
        """Credits of submits under way, and of those that may have been accepted."""
        with self._lock:
            return self._of(provider)[1]

    def _most(self, submission: Booking) -> float:
        """What it may cost. Raises BudgetExceeded where no page says, and nobody else did."""
        if (price := submission.highest_price) is not None:
            return price
        if submission.call_limit is not None:
            return submission.call_limit.share * submission.count
        if (limit := self._limits.get(submission.provider)) is not None:
            with self._lock:
                spent, reserved = self._of(submission.provider)
            raise _exceeded(submission.provider, limit, spent, reserved, None)
        return 0.0

    def _of(self, provider: str) -> tuple[float, float]:
        """Credits spent and reserved."""
        held = self._reservations.values()
        reserved = sum(each.credits for each in held if each.provider == provider)
        return self._counted.get(provider, 0.0), reserved

    def _put(
        self, key: str, provider: str, credits: float, call: CallLimit | None
    ) -> None:
        self._reservations[key] = Reservation(provider, credits, call)
        if call is not None:
            call.counted += credits

    def _take(self, key: str) -> Reservation | None:
        held = self._reservations.pop(key, None)
        if held is not None and held.call is not None:
            held.call.counted -= held.credits
        return held

    def _add(self, place: tuple[str, str], cost: Cost, call: CallLimit | None) -> None:
        self._costs[place] = cost
        self._count(cost.provider, cost.counted, call)
        if call is not None:
            self._calls[place] = call

    def _remove(self, place: tuple[str, str]) -> Cost:
        cost = self._costs.pop(place)
        self._count(cost.provider, -cost.counted, self._calls.pop(place, None))
        return cost

    def _count(self, provider: str, credits: float, call: CallLimit | None) -> None:
        self._counted[provider] = self._counted.get(provider, 0.0) + credits
        if call is not None:
            call.counted += credits

    def _drop_if_final(self, task: Task, place: tuple[str, str] | None = None) -> None:
        place = place or (task.provider, task.id)
        if place not in self._costs or not is_final(task):
            return
        self._spent.add(self._costs.pop(place))
        self._calls.pop(place, None)


def is_final(task: Task) -> bool:
    """Whether no later snapshot can change what it cost: a refund may come some time after the failure."""
    return task.state is State.SUCCEEDED or (
        task.state.is_terminal and task.refunded is not False
    )


def _exceeded(
    provider: str, limit: float, spent: float, reserved: float, asked: float | None
) -> BudgetExceeded:
    why = (
        "no page states the price of this request: give the call a max_credits to let it through"
        if asked is None
        else f"{spent:g} credits are spent and {reserved:g} reserved, this request may cost {asked:g} more"
    )
    return BudgetExceeded(
        f"{provider}: credit_limit is {limit:g}; {why}. Nothing was sent",
        provider=provider,
        limit=limit,
        spent=spent,
        reserved=reserved,
        asked=asked,
    )


def _call_exceeded(provider: str, call: CallLimit, asked: float) -> BudgetExceeded:
    return BudgetExceeded(
        f"{provider}: max_credits is {call.max_credits:g}; the call has taken up {call.counted:g} credits, "
        f"this request may cost {asked:g} more. Nothing was sent",
        provider=provider,
        limit=call.max_credits,
        reserved=call.counted,
        asked=asked,
    )


def charged_of(task: Task) -> float | None:
    """The vendor's own number; None where it tells none that makes sense."""
    used = task.credits_used
    return used if used is not None and math.isfinite(used) and used >= 0 else None


def _seen(cost: Cost, task: Task) -> Cost:
    charged = charged_of(task)
    return replace(
        cost,
        charged=cost.charged if charged is None else charged,
        is_refunded=bool(task.refunded) or cost.is_refunded,
    )
