"""Ports for servers that cannot pick their own."""

from __future__ import annotations

import random
import socket

# Below what a system gives to sockets that ask for any port: Linux begins at 32768, others at 49152.
RANGE = range(20_000, 32_000)


def free_port() -> int:
    """
    A TCP port of this machine that nobody listens on, and that no other test process gets while this one lives.

    A UDP socket on the same number is the claim. Without one, two tests side by side may get the same port between
    the look and the start of the server, and the one then talks to the server of the other.
    """
    while True:
        port = random.choice(RANGE)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claim.detach()  # it stays until this process ends
        return port
