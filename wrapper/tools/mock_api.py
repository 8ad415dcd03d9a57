"""
For griffe: the public names of imagetasks_mock are its `__all__`, and `state`, which has the classes of `mock.clock`, `mock.faults` ...

    griffe check imagetasks_mock --search mock --extensions wrapper/tools/mock_api.py
"""

from __future__ import annotations

from typing import Any

import griffe

INNER = ("http", "outside", "scenario", "server", "specs", "vendors")


class MockApi(griffe.Extension):
    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        for name in INNER:
            pkg.members[name].public = False
