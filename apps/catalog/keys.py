"""The keys of an app: one secret that signs what we send, one RSA pair that signs launches."""

import base64
import dataclasses
import secrets

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_SECRET_BYTES = 32
_RSA_BITS = 2048


@dataclasses.dataclass(frozen=True, slots=True)
class KeyPair:
    """An RSA pair: the private half as PEM, the public half as a base64 SPKI body."""

    private_key: str
    public_key: str


def new_app_secret() -> str:
    """Return 32 random **ASCII** bytes in base64.

    ASCII, because Duda's receivers decode the base64 to UTF-8 text and use that as the key;
    behind ``whsec_`` the same base64 is the Standard Webhooks secret: the same key bytes.
    """
    raw = secrets.token_urlsafe(_SECRET_BYTES)[:_SECRET_BYTES]
    return base64.b64encode(raw.encode("ascii")).decode("ascii")


def new_key_pair() -> KeyPair:
    """Return a fresh 2,048-bit RSA pair. It takes some tenths of a second."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return KeyPair(private.decode("ascii"), base64.b64encode(public).decode("ascii"))
