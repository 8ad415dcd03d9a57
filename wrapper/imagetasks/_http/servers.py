"""Which addresses are a vendor's own: one that it answers is followed there only, since the key goes along."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._httpx import URL
from .._task import Task
from .call import Call

_TARGET = r"/[A-Za-z0-9\-._~!$&()*+,;=:@%/?]{0,2000}"
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Servers:
    """
    Where one provider is, and where else its tasks may be asked for.

    An address that a vendor answers is its own at the origin of `base_url`; and, unless the user has given that, at
    those of the servers that its description lists, where a variable stands for one label of a name, or for what its
    enum has. It is matched as a whole, never taken apart: what two parsers read in two ways fits no pattern.
    """

    def __init__(
        self, documented: Sequence[Mapping[str, Any]], base_url: str | None = None
    ) -> None:
        self.url = base_url or server_url(documented[0])
        base = URL(self.url)
        origins = [_origin(f"{base.scheme}://{base.netloc.decode()}", {})]
        if base_url is None:
            origins += (
                _origin(server["url"], server.get("variables", {}))
                for server in documented
                if server["url"].startswith(("https://", f"{base.scheme}://"))
            )
        self._own = re.compile(f"(?:{'|'.join(origins)}){_TARGET}", re.A | re.I)

    def has(self, address: str) -> bool:
        return self._own.fullmatch(address) is not None

    def follow(self, fetch: Call[Task], address: str) -> Call[Task]:
        """
        The same look, at the address that the vendor answered; where that is not its own, at the usual one. The task
        keeps the address unless the answer has a newer one.
        """
        kept = fetch.map(lambda seen: keep_address(seen, address))
        return kept._replace(address=address) if self.has(address) else kept


def server_url(server: Mapping[str, Any]) -> str:
    """The address of a server of a description, its variables at their defaults."""
    url: str = server["url"]
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", variable["default"])
    return url


def keep_address(seen: Task, address: str | None) -> Task:
    """A later snapshot, with the earlier one's address where it has none of its own."""
    if address is None or seen._status_url is not None:
        return seen
    return replace(seen, _status_url=address)


def _origin(url: str, variables: Mapping[str, Any]) -> str:
    """A pattern for scheme, host and port of a server."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/")[0]
    parts = re.split(r"\{(.+?)\}", host)
    parts[::2] = map(re.escape, parts[::2])
    parts[1::2] = (_value(variables[name]) for name in parts[1::2])
    has_port = re.search(r":[^]]*$", host)
    port = "" if has_port else f"(?::{_DEFAULT_PORTS[scheme]})?"
    return f"{scheme}://{''.join(parts)}{port}"


def _value(variable: Mapping[str, Any]) -> str:
    values = variable.get("enum")
    return f"(?:{'|'.join(map(re.escape, values))})" if values else "[a-z0-9-]+"
