"""The help of the command: plain text, under headings."""

from __future__ import annotations

import subprocess
import sys


def help_of(*words: str) -> str:
    """Of a process of its own: another test may have loaded some commands before the others."""
    command = [sys.executable, "-m", "imagetasks", *words, "--help"]
    return subprocess.check_output(command, text=True)


def test_help_lists_each_command_under_its_heading() -> None:
    lines = help_of().splitlines()
    headings = [line for line in lines if line.endswith(":") and line[0] != " "]
    assert headings == [
        "Options:",
        "Commands:",
        "Vendors, and this machine:",
        "What was made:",
        "Trying it without a key:",
        "Submits without an answer:",
        "Many machines:",
    ]
    under = lines[lines.index("Many machines:") :]
    assert [line.split()[0] for line in under[1:3]] == ["worker", "queue"]
    assert "..." not in help_of("queue").replace("[ARGS]...", "")
