"""What every request to one provider carries, and which headers are read of its answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .redaction import Redaction

READ_HEADERS = (b"content-type", b"content-encoding", b"retry-after", b"date")
"""All that is looked at at every vendor."""


class Endpoint:
    """What every request to one provider carries. The key stays out of `repr`."""

    def __init__(
        self,
        provider: str,
        base_url: str,
        headers: Mapping[str, str],
        api_key: str,
        telling: Iterable[str] = (),
    ) -> None:
        """`telling`: headers in which this vendor tells of a task."""
        self.provider = provider
        self.base_url = base_url
        self.headers = dict(headers)
        self.telling = tuple(name.lower().encode() for name in telling)
        self.read_headers = (*READ_HEADERS, *self.telling)
        self.without_key = Redaction(api_key)
        """Of an answer: a vendor that echoes the key must not carry it into `Task.raw`, an error or a log."""
