"""Bearer secrets: long, random, shown once and kept as a digest."""

import hashlib
import secrets


def new_secret(prefix: str) -> str:
    """Return ``prefix`` followed by 32 random bytes in URL-safe base64."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hex, the form in which it is stored and looked up.

    A plain hash is enough for 256 random bits: there is nothing to guess.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
