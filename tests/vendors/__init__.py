"""
The vendors as tests see them: operations, addresses, fields, and a good answer of each.

`<name>.py` says by hand what the pages of a vendor say. Without such a file all is derived from its spec.
"""

from __future__ import annotations

import copy
from importlib import import_module
from pathlib import Path
from typing import Any

from support.specs import PROVIDERS, Lifecycle, answers

from . import gptimage2api
from ._vendor import EVERYWHERE, KEY, REF, REF_2, Vendor, field_of, places

__all__ = [
    "AIG",
    "AKOOL",
    "EVERYWHERE",
    "EXPRESSIBLE",
    "GPT",
    "GPT_ID",
    "GPT_PROMPT",
    "GPT_URL",
    "KEY",
    "LARGE",
    "PLAIN",
    "READ",
    "REF",
    "REF_2",
    "STATUSES",
    "SUBMITS",
    "VENDORS",
    "XING",
    "Vendor",
    "accepted",
    "field_of",
    "finished",
    "places",
]


def _load(name: str) -> Vendor:
    if not Path(__file__).with_name(f"{name}.py").exists():
        return Vendor(name)
    module = import_module(f"{__name__}.{name}")
    vendor: Vendor = getattr(module, name.capitalize())()
    return vendor


VENDORS = {name: _load(name) for name in PROVIDERS}
XING, AIG, AKOOL, GPT = "xingchaoyiqing", "aigptimage", "akool", "gptimage2api"
SUBMITS = {name: vendor.submit for name, vendor in VENDORS.items()}
STATUSES = {name: vendor.status for name, vendor in VENDORS.items()}
EXPRESSIBLE = {name: vendor.fields for name, vendor in VENDORS.items()}
READ = [
    example
    for operations in (STATUSES, SUBMITS)
    for of in operations.values()
    for example in answers(of)
]
PLAIN = (str, int, type(None))
LARGE = "x" * 20_001
GPT_ID, GPT_PROMPT, GPT_URL = gptimage2api.ID, gptimage2api.PROMPT, gptimage2api.URL


def accepted(provider: str) -> Any:
    """The vendor's answer to a submit that it takes: the first that its spec shows."""
    return copy.deepcopy(next(answers(SUBMITS[provider])).document)


def id_of(provider: str, answer: Any) -> str:
    """The id that an answer tells of: one about another task is refused."""
    return str(Lifecycle(provider).read("id", answer))


def finished(provider: str) -> Any:
    """The provider's example of success, as the lifecycle knows it."""
    lifecycle = Lifecycle(provider)
    for example in answers(STATUSES[provider]):
        state = lifecycle.read("state", example.document)
        if lifecycle.meanings.get(state) == "succeeded":
            return copy.deepcopy(example.document)
    raise LookupError(provider)
