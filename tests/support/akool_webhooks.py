"""What AKOOL posts, made in code of its own: it shares nothing with what reads it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

CLIENT_ID, SECRET = "client-id-of-16b", "secret-of-24-characters_"
SENT_AT = 1_700_000_000.0
TASK_ID = "662a10df4197b3af58532e89"
URL = "https://cdn.example.com/1.png"


def sealed(content: object, *, at: float = SENT_AT, nonce: str = "1529") -> bytes:
    """A delivery with this content: parsed JSON, or bytes that are none. In code of its own."""
    plain = content if isinstance(content, bytes) else json.dumps(content).encode()
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(SECRET.encode()), modes.CBC(CLIENT_ID.encode()))
    encryptor = cipher.encryptor()
    padded = padder.update(plain) + padder.finalize()
    encrypted = encryptor.update(padded) + encryptor.finalize()
    return signed(b64encode(encrypted).decode(), at=at, nonce=nonce)


def signed(encrypted: str, *, at: float = SENT_AT, nonce: str = "1529") -> bytes:
    """What anybody can make who knows the clientId."""
    timestamp = int(at * 1000)
    parts = sorted([CLIENT_ID, str(timestamp), nonce, encrypted])
    envelope = {
        "signature": hashlib.sha1("".join(parts).encode()).hexdigest(),
        "dataEncrypt": encrypted,
        "timestamp": timestamp,
        "nonce": nonce,
    }
    return json.dumps(envelope).encode()


def content(status: int = 3, task_id: str = TASK_ID, **more: Any) -> dict[str, Any]:
    return {"_id": task_id, "status": status, "type": "image", **more}
