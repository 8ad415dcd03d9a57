"""The mock's own look at its answers, `check=True`: alone, without what other tests find."""

from __future__ import annotations

import pytest
from contract.reach import NEVER, reach
from specs import answers

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    "example", [e for e in answers() if str(e) not in NEVER], ids=str
)
def test_an_answer_of_every_kind_keeps_to_the_spec(example) -> None:
    _, violations = reach(example)
    assert violations == []
