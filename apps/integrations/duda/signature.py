"""Duda's signature of a callback: an HMAC-SHA256 over time and body, in two headers.

An app's secret is handed out as base64. Duda's own verifiers decode it and use the result as
UTF-8 *text*, so the key must be ASCII: random bytes beyond 127 would verify nowhere.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from apps.integrations.duda.payloads import milliseconds

SIGNATURE_HEADER = "x-duda-signature"
TIMESTAMP_HEADER = "x-duda-signature-timestamp"

MINIMUM_KEY_BYTES = 24
TOLERANCE = timedelta(minutes=5)


class SecretError(ValueError):
    """The secret is not base64, or not of 24 or more ASCII bytes."""


def key_of(secret: str) -> bytes:
    """The key bytes of an app's secret as it is stored and handed out. Raises SecretError."""
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error as error:
        raise SecretError("the secret is not base64") from error
    if len(key) < MINIMUM_KEY_BYTES or not key.isascii():
        raise SecretError(f"the secret is not of {MINIMUM_KEY_BYTES} or more ASCII bytes")
    return key


def sign(body: bytes, *, key: bytes, at: datetime) -> dict[str, str]:
    """The two headers for ``body``, signed at the real time ``at`` (aware)."""
    timestamp = str(milliseconds(at))
    return {
        SIGNATURE_HEADER: _signature(body, key=key, timestamp=timestamp),
        TIMESTAMP_HEADER: timestamp,
    }


def is_signed(body: bytes, *, headers: Mapping[str, str], key: bytes, now: datetime) -> bool:
    """Whether ``headers`` (names in lower case) sign ``body``, within five minutes of ``now``."""
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        return False
    age = abs(milliseconds(now) - int(timestamp))
    expected = _signature(body, key=key, timestamp=timestamp)
    given = headers.get(SIGNATURE_HEADER, "")
    return (
        hmac.compare_digest(expected.encode(), given.encode())
        and age <= TOLERANCE.total_seconds() * 1000
    )


def _signature(body: bytes, *, key: bytes, timestamp: str) -> str:
    digest = hmac.digest(key, timestamp.encode("ascii") + b"." + body, hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")
