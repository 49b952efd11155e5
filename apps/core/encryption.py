"""Secrets at rest: Fernet under a ring of keys, the first of which encrypts.

To rotate, put a new key in front of ``FIELD_ENCRYPTION_KEYS``; older keys still decrypt.
"""

from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models


def _ring() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(text: str) -> str:
    """Return ``text`` encrypted under the first key of the ring; the empty string stays empty."""
    return _ring().encrypt(text.encode()).decode("ascii") if text else ""


def decrypt(token: str) -> str:
    """Return what :func:`encrypt` was given. Raises ``InvalidToken`` when no key fits."""
    return _ring().decrypt(token.encode("ascii")).decode() if token else ""


class EncryptedTextField(models.TextField[str, str]):
    """A text column whose value is readable in Python and unreadable in the database.

    It cannot be searched: store a digest beside it where a look-up is needed.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way to the database."""
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        """Decrypt on the way from the database."""
        return decrypt(value) if value else value
