"""Duda's single sign-on: the link that opens an app, signed with the app's RSA key.

The signature is no usual one. The vendor's SDK decrypts it with the public key and compares the
text, so the text is padded by PKCS#1 v1.5 and encrypted as it is, without a hash.
"""

import base64
import datetime as dt
import uuid
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from apps.integrations.duda.payloads import milliseconds


class LaunchKeyError(ValueError):
    """The app's private key is not an RSA key."""


def sso_link(
    base_sso_url: str,
    *,
    private_key: str,
    site_name: str,
    language: str,
    is_white_label: bool,
    editor_origin: str,
    sdk_url: str,
    user_uuid: uuid.UUID,
    at: dt.datetime,
) -> str:
    """Return the link that opens the app at ``base_sso_url``, whose own query it keeps.

    Apps refuse it 120 seconds after ``at`` (the real time, aware). The address of the SDK is in
    it twice: older apps know it as ``iframeSDKSrc``.
    """
    timestamp = str(milliseconds(at))
    parameters = {
        "site_name": site_name,
        "timestamp": timestamp,
        "lang": language,
        "is_white_label": "true" if is_white_label else "false",
        "editor_origin": editor_origin,
        "sdk_url": sdk_url,
        "iframeSDKSrc": sdk_url,
        "current_user_uuid": str(user_uuid),
        "secure_sig": secure_sig(f"{site_name}:{sdk_url}:{timestamp}", private_key=private_key),
    }
    parts = urlsplit(base_sso_url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return parts._replace(query=query).geturl()


def secure_sig(message: str, *, private_key: str) -> str:
    """Return ``message`` encrypted with the private key (PEM), in base64.

    A key of 2,048 bits takes 245 bytes at most; a longer message raises ``ValueError``.
    """
    key = load_pem_private_key(private_key.encode("ascii"), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise LaunchKeyError("the app's private key is not an RSA key")
    signature = key.sign(message.encode(), padding.PKCS1v15(), NoDigestInfo())
    return base64.b64encode(signature).decode("ascii")
