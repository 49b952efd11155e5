"""Public identifiers: made when a row is made, never the primary key by accident.

Integer keys never leave the database. What other systems see is a UUID (``public_id``), a
time-ordered integer (``number``) that JavaScript can hold exactly, or a short code that a
person can read out on the phone.
"""

import secrets
import threading
import time
import uuid

NUMBER_EPOCH_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z in milliseconds: where the 41 time bits of a number start."""

_RANDOM_BITS = 12
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L and no U: a code survives a phone call and spells no words by accident."""


_lock = threading.Lock()
_last_number = 0


def new_number() -> int:
    """Return a rising integer below 2**53: 41 bits of milliseconds since 2026, 12 random bits.

    One process never gives a number twice. Two processes collide once in 4,096 times that they
    hit one millisecond; the column's UNIQUE constraint then refuses the second row, and nothing
    is half written.
    """
    global _last_number  # noqa: PLW0603 - the lock guards the one number that threads share
    milliseconds = max(time.time_ns() // 1_000_000 - NUMBER_EPOCH_MS, 0)
    drawn = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last_number = max(drawn, _last_number + 1)
        return _last_number


def new_public_id() -> uuid.UUID:
    """Return a random UUID (version 4)."""
    return uuid.uuid4()


def new_code() -> str:
    """Return a code of eight unambiguous characters, such as ``7H2K-41QX``."""
    characters = [secrets.choice(_CODE_ALPHABET) for _ in range(8)]
    return "".join(characters[:4]) + "-" + "".join(characters[4:])
