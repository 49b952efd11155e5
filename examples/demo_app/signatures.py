"""Checks the two signatures that a marketplace request may carry, with one key.

Each check answers VALID, ABSENT, or INVALID with the reason, so that the page can say why.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

VALID = "VALID"
ABSENT = "ABSENT"

TOLERANCE_SECONDS = 300


def key_of(secret: str) -> bytes:
    """The key bytes of a secret as the marketplace shows it: base64, with or without whsec_."""
    return base64.b64decode(secret.removeprefix("whsec_"), validate=True)


def check_duda(headers: Mapping[str, str], body: bytes, secret: str | None) -> str:
    """x-duda-signature: base64 HMAC-SHA256 over "<milliseconds>.<body>"."""
    given = headers.get("x-duda-signature")
    timestamp = headers.get("x-duda-signature-timestamp")
    if given is None and timestamp is None:
        return ABSENT
    signed = f"{timestamp}.".encode() + body
    return _compare([given or ""], signed, secret, timestamp, units_per_second=1000)


def check_standard(headers: Mapping[str, str], body: bytes, secret: str | None) -> str:
    """webhook-signature: "v1,<base64>" parts, each over "<id>.<seconds>.<body>"."""
    given = headers.get("webhook-signature")
    timestamp = headers.get("webhook-timestamp")
    if given is None:
        return ABSENT
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    # While a secret is being changed, the header holds one signature for each of the two.
    candidates = [part.removeprefix("v1,") for part in given.split() if part.startswith("v1,")]
    return _compare(candidates, signed, secret, timestamp, units_per_second=1)


def _compare(
    candidates: list[str],
    signed: bytes,
    secret: str | None,
    timestamp: str | None,
    *,
    units_per_second: int,
) -> str:
    if secret is None:
        return "INVALID: this app has no secret"
    try:
        key = key_of(secret)
    except (binascii.Error, ValueError):
        return "INVALID: this app's secret is not base64"
    if timestamp is None or not timestamp.isdecimal():
        return "INVALID: no timestamp"
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    if not any(hmac.compare_digest(expected, candidate.encode()) for candidate in candidates):
        return "INVALID: the signature does not fit body, time and secret"
    if abs(time.time() - int(timestamp) / units_per_second) > TOLERANCE_SECONDS:
        return "INVALID: more than five minutes old"
    return VALID
