"""What every documented answer means. By hand it stands in `vendors/`, from the documentation."""

from __future__ import annotations

from typing import Any

from support.specs import Example
from vendors import READ, VENDORS

TASKS: dict[str, dict[str, Any]] = {
    name: expected
    for vendor in VENDORS.values()
    for name, expected in vendor.tasks.items()
}
REFUSALS = {
    str(example): VENDORS[example.operation.provider].refusals.get(example.short)
    for example in READ
    if str(example) not in TASKS
}


def tasks() -> list[Example]:
    return [example for example in READ if str(example) in TASKS]


def refusals() -> list[Example]:
    return [example for example in READ if REFUSALS.get(str(example))]
