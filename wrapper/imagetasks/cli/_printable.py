"""Text that a terminal shows, and does not obey."""

from __future__ import annotations

KEPT = "\n\t\u200c\u200d"
"""Line breaks and tabs; what joins letters of some scripts, and parts of emoji."""


def printable(text: str) -> str:
    """What vendors and files say must not steer the terminal: control codes, and marks that turn the order of words, become U+FFFD."""
    if text.isprintable():
        return text
    from unicodedata import category

    steering = ("Cc", "Cf", "Zl", "Zp")
    return "".join(
        "\ufffd" if category(c) in steering and c not in KEPT else c for c in text
    )
