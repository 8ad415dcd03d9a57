"""
Test code that waits, without waiting: a clock that only sleeping moves, and a vendor that follows a script.

    clock = FakeClock()
    vendor = ScriptedProvider("akool", [(0, State.QUEUED), (5, 429), (8, State.RUNNING), (30, State.SUCCEEDED)], clock)
    with vendor.client() as client:
        task = client.run("akool", ImageRequest("a lighthouse"))
    assert clock.elapsed < 33

For a whole vendor, with its own rules for requests, use the mock server `imagetasks_mock`.
"""

from ._clock import FakeClock
from ._provider import ScriptedProvider

__all__ = ["FakeClock", "ScriptedProvider"]
