"""
AKOOL's envelope: four values, one of which is a signature, another one an encrypted text.

Source: https://docs.akool.com/ai-tools-suite/webhook, read 2026-11-21. Its sample values fit none of its rules, so that
there is no test vector of the vendor's; where its samples contradict each other, it is said here what is inferred.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode
from typing import Any, NamedTuple, NoReturn

from .._extras import require

require("webhooks", by="imagetasks.webhooks.akool")

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: E402
from cryptography.hazmat.primitives.padding import PKCS7  # noqa: E402

_BLOCK_BYTES = 16
_MILLISECONDS_FROM = 100_000_000_000
"""Below it a timestamp is in seconds: as milliseconds it would be before March 1973, as seconds until the year 5138."""


class Envelope(NamedTuple):
    """As it was posted; numbers as the text that stands in the JSON, for that is what is signed."""

    signature: str
    encrypted: str
    timestamp: str
    nonce: str

    @classmethod
    def read(cls, body: bytes) -> Envelope | None:
        """None for anything that is no envelope."""
        try:
            # "nonce" is a string in the page's table, a number in some of its samples.
            # "utf-8-sig": nothing rules out the mark that some senders put before UTF-8.
            posted = json.loads(
                body.decode("utf-8-sig"),
                parse_int=str,
                parse_float=str,
                parse_constant=_refuse_constant,
            )
            values = [
                posted[name]
                for name in ("signature", "dataEncrypt", "timestamp", "nonce")
            ]
            for value in values:
                value.encode()  # half a character cannot be signed
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        envelope = cls(*values)
        return envelope if re.fullmatch("[0-9]{1,14}", envelope.timestamp) else None

    @property
    def sent_at(self) -> float:
        """Seconds since 1970. The page's example has milliseconds, and names no unit: either is taken."""
        told = int(self.timestamp)
        return told / 1000 if told >= _MILLISECONDS_FROM else float(told)

    def is_signed_by(self, client_id: str) -> bool:
        """
        "sha1(sort(clientId, timestamp, nonce, dataEncrypt))": the four texts in order, nothing between them.

        The clientSecret is not among them: whoever knows the clientId can sign. No rule says that the hex is in lower
        case.
        """
        parts = sorted([client_id, self.timestamp, self.nonce, self.encrypted])
        expected = hashlib.sha1("".join(parts).encode(), usedforsecurity=False)
        return hmac.compare_digest(
            expected.hexdigest().encode(), self.signature.lower().encode()
        )


class Opener:
    """Decrypts contents: AES in CBC mode with PKCS#7 padding, the clientSecret as key, the clientId as vector."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        # inferred: "24 characters" by the page's words, 32 in its sample. AES takes keys of both lengths.
        length = 32 if len(client_secret.encode()) == 32 else 24
        # The page asks for 16 bytes; the clientIds that it shows have 22 and 24.
        self._cipher = Cipher(
            algorithms.AES(_fit(client_secret, length)),
            modes.CBC(_fit(client_id, _BLOCK_BYTES)),
        )

    def open(self, encrypted: str) -> Any:
        """The content as parsed JSON; None where it does not open."""
        try:
            data = bytes_of(encrypted)
            decryptor = self._cipher.decryptor()
            padded = decryptor.update(data) + decryptor.finalize()
            # The page speaks of blocks of 24. AES pads to 16, as the length of its sample text shows.
            unpadder = PKCS7(8 * _BLOCK_BYTES).unpadder()
            plain = unpadder.update(padded) + unpadder.finalize()
            return json.loads(plain.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None


def bytes_of(encrypted: str) -> bytes:
    """
    Base64, or hex, which one of the page's samples writes and reads. They are told apart: of 32 characters and more,
    base64 that is hex by chance is one in 10^15. Raises ValueError.
    """
    if re.fullmatch(r"([0-9A-Fa-f]{32})+", encrypted):
        return bytes.fromhex(encrypted)
    return b64decode(encrypted, validate=True)


def _fit(text: str, length: int) -> bytes:
    """Cut, or filled with zero bytes: one of the page's samples does so with the clientId. (inferred for the secret)"""
    return text.encode()[:length].ljust(length, b"\0")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
