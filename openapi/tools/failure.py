"""The error that all tools end with."""

from __future__ import annotations


class Failure(Exception):
    """What to tell the developer, in full sentences."""
