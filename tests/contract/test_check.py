"""The mock's own look at its answers, `check=True`: alone, without what other tests find."""

from __future__ import annotations

import pytest
from contract.reach import REACHED, reach

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("name", REACHED)
def test_an_answer_of_every_kind_keeps_to_the_spec(name: str) -> None:
    _, violations = reach(name)
    assert violations == []
