"""The admin operations that steer: time, faults, accounts, and all at once."""

from __future__ import annotations

from typing import Any

from ..http.answers import Answer
from ..http.fault import Fault
from ..http.fault import describe as view_fault
from ..specs.times import iso
from .calls import AdminCall, Problem, number, text
from .views import label, view_account

MAX_CREDITS = 10**12


# Time.


def show_clock(call: AdminCall) -> Answer:
    clock = call.world.clock
    return Answer.json(200, {"now": iso(clock.time()), "speed": clock.speed})


def set_clock(call: AdminCall) -> Answer:
    """The speed last: nothing is done where it cannot be advanced."""
    fields = call.object("advance", "speed")
    if not fields:
        raise Problem(400, "the body must have advance, speed or both")
    seconds = number(fields, "advance") if "advance" in fields else 0
    clock = call.world.clock
    speed = number(fields, "speed") if "speed" in fields else clock.speed
    try:
        speed = float(speed)  # an integer may be too large
        clock.advance(seconds)
        if "speed" in fields:
            clock.speed = speed
    except (ValueError, OverflowError) as error:
        raise Problem(409, str(error)) from None
    return show_clock(call)


# Faults.


def list_faults(call: AdminCall) -> Answer:
    return Answer.json(200, [view_fault(fault) for fault in call.world.faults])


def add_fault(call: AdminCall) -> Answer:
    fields = call.object()
    if "kind" not in fields:
        raise Problem(400, "a fault is an object with a kind")
    fault = call.world.faults.add(**fields)
    return Answer.json(200, view_fault(fault))


def clear_faults(call: AdminCall) -> Answer:
    call.world.faults.clear()
    return list_faults(call)


def show_fault(call: AdminCall) -> Answer:
    return Answer.json(200, view_fault(_fault(call)))


def remove_fault(call: AdminCall) -> Answer:
    fault = _fault(call)
    call.world.faults.remove(fault)
    return Answer.json(200, view_fault(fault))


def _fault(call: AdminCall) -> Fault:
    found = (fault for fault in call.world.faults if str(fault.id) == call.id)
    fault = next(found, None)
    if fault is None:
        raise Problem(404, f"there is no fault {call.id!r}")
    return fault


# Accounts.


def list_accounts(call: AdminCall) -> Answer:
    world = call.world
    return Answer.json(200, [view_account(one, world) for one in world.accounts])


def set_account(call: AdminCall) -> Answer:
    """What is left at one vendor."""
    found = (a for a in call.world.accounts if label(a.key, call.world) == call.id)
    account = next(found, None)
    if account is None:
        raise Problem(404, f"there is no account {call.id!r}")
    fields = call.object("provider", "credits")
    provider = text(fields, "provider")
    credits: Any = fields.get("credits")
    if provider not in call.world.specs:
        known = ", ".join(call.world.specs)
        raise Problem(400, f"provider is one of {known}, not {provider!r}")
    is_whole = isinstance(credits, int) and not isinstance(credits, bool)
    if not (is_whole and 0 <= credits <= MAX_CREDITS):
        words = f"credits is a whole number from 0 to {MAX_CREDITS}, not {credits!r}"
        raise Problem(400, words)
    account.give(provider, credits)
    return Answer.json(200, view_account(account, call.world))


# The whole.


def show_health(call: AdminCall) -> Answer:
    world = call.world
    return Answer.json(
        200, {"status": "ok", "tasks": len(world.tasks), "requests": len(world.log)}
    )


def reset(call: AdminCall) -> Answer:
    call.world.reset()
    return Answer.json(200, {})
