"""Which fields of a vendor's requests and answers hold credentials, and texts without them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from .places import Json

HIDDEN = "***"

_CUSTOMARY = frozenset(
    {
        *("authorization", "apikey", "xapikey", "key", "accesskey", "secretkey"),
        *("secret", "clientsecret", "password", "token", "accesstoken", "authtoken"),
        *("xauthtoken", "bearer", "bearertoken"),
    }
)
"""Names under which clients send a key by mistake, in a place that the spec does not know."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


class Secrets:
    """
    The fields with `x-secret`, the headers and parameters of the security schemes, and
    what is customarily called a key and is no field of the spec.
    """

    def __init__(self, document: Json) -> None:
        fields = list(_properties(document))
        by_spec = {_plain(name) for name, is_secret in fields if is_secret}
        others = {_plain(name) for name, is_secret in fields if not is_secret}
        schemes = document.get("components", {}).get("securitySchemes", {})
        keys = {_plain(scheme.get("name", "")) for scheme in schemes.values()} - {""}
        self._parameters = by_spec | keys | _CUSTOMARY
        self._fields = self._parameters - (others - by_spec)
        words = "|".join(map(_spelled, sorted(self._fields, key=len, reverse=True)))
        self._mention = re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])", re.I)

    def mask_body(self, body: bytes) -> str:
        """As text. One that cannot be read, and names a credential, is hidden as a whole."""
        return self._mask_text(body.decode("utf-8", "replace"))

    def _mask_text(self, text: str) -> str:
        read = _read(text)
        plain = _plain(read)
        if not any(name in plain for name in self._fields):
            return text
        has_secret = False

        # By pairs: a name may be there twice, and each value is a credential.
        def mask(pairs: list[tuple[str, Json]]) -> Json:
            nonlocal has_secret
            masked = [(name, self._mask_field(name, value)) for name, value in pairs]
            has_secret |= masked != pairs
            return dict(masked)

        try:
            value = json.loads(text, object_pairs_hook=mask)
            shown = json.dumps(value, ensure_ascii=False) if has_secret else text
        except (ValueError, RecursionError):
            return HIDDEN if self._mention.search(read) else text
        return shown.encode("utf-8", "replace").decode()

    def _mask_field(self, name: str, value: Json) -> Json:
        if _plain(name) in self._fields:
            return HIDDEN
        holds_json = isinstance(value, str) and value.lstrip()[:1] in ("{", "[")
        return self._mask_text(value) if holds_json else value

    def mask_path(self, path: str) -> str:
        """A path with its query, as it was sent."""
        before, mark, query = path.partition("?")
        parts = [self._mask_pair(pair) for pair in query.split("&")]
        return before + mark + "&".join(parts)

    def mask_headers(self, headers: dict[str, str]) -> dict[str, str]:
        return {n: HIDDEN if self._is_key(n) else v for n, v in headers.items()}

    def _is_key(self, parameter: str) -> bool:
        return _plain(parameter) in self._parameters

    def _mask_pair(self, pair: str) -> str:
        name, equals, _ = pair.partition("=")
        is_key = equals and self._is_key(unquote_plus(name))
        return f"{name}={HIDDEN}" if is_key else pair


def _read(text: str) -> str:
    """What a lenient reader may see in it."""
    text = text.replace("\0", "")  # between letters, where it is not UTF-8
    if "\\u" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _properties(node: Any) -> Iterator[tuple[str, bool]]:
    """Of all schemas, and whether each is a credential."""
    if isinstance(node, list):
        for inner in node:
            yield from _properties(inner)
    if isinstance(node, dict):
        fields = node.get("properties")
        for name, schema in fields.items() if isinstance(fields, dict) else ():
            if isinstance(schema, dict):
                yield name, schema.get("x-secret", False)
        for inner in node.values():
            yield from _properties(inner)


def _plain(name: str) -> str:
    """One spelling: apiKey, api-key and api_key are the same."""
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def _spelled(plain: str) -> str:
    """Matches each spelling of a plain name."""
    return "[-_ ]?".join(plain)
