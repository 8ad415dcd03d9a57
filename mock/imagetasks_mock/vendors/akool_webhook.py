"""AKOOL's webhook: a signature, and a content that is encrypted with the account's secret."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from random import Random

from ..specs.places import Json, compact

_BLOCK_BYTES = 16


def seal(content: Json, secret: str, client_id: str, at: float, rng: Random) -> Json:
    """
    A `WebhookEnvelope` of the spec. The page's example has a nonce of four digits; its sample
    values fit no rule that it gives, so that there is no test vector.
    """
    encrypted = b64encode(_encrypt(compact(content), secret, client_id)).decode()
    timestamp, nonce = int(at * 1000), f"{rng.randrange(10_000):04}"
    signed = "".join(sorted([client_id, str(timestamp), nonce, encrypted]))
    return {
        "signature": hashlib.sha1(signed.encode()).hexdigest(),
        "dataEncrypt": encrypted,
        "timestamp": timestamp,
        "nonce": nonce,
    }


def _encrypt(text: str, secret: str, client_id: str) -> bytes:
    """AES in CBC mode with PKCS#7 padding; the clientSecret is the key, the clientId the vector."""
    # Here, so that a mock that sends no webhook does not import it.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    # "24 characters" by the page's words, 32 in its sample: AES takes keys of both lengths.
    key = _fit(secret, 32 if len(secret.encode()) == 32 else 24)
    vector = _fit(client_id, _BLOCK_BYTES)
    # The page speaks of blocks of 24. AES pads to 16, as the length of its sample text shows.
    padder = PKCS7(8 * _BLOCK_BYTES).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def _fit(text: str, length: int) -> bytes:
    """
    Documented are a clientSecret of 24 characters and a clientId of 16 bytes. What is longer is
    cut, what is shorter filled with zero bytes: one of the page's samples does so with the
    clientId; for the clientSecret it is inferred.
    """
    return text.encode()[:length].ljust(length, b"\0")
