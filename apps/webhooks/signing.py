"""Standard Webhooks signatures: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``."""

import datetime as dt
from collections.abc import Sequence

from standardwebhooks import Webhook


def standard_headers(
    message_id: str, *, body: bytes, secrets: Sequence[str], at: dt.datetime
) -> dict[str, str]:
    """Return the three headers for ``body``, signed at ``at`` with each secret in ``secrets``.

    Several secrets are in use while one is being rotated: the receiver takes either signature.
    ``secrets`` are base64, without their ``whsec_`` prefix.
    """
    # The library stamps the naive wall clock as UTC, so it gets a UTC time.
    moment = at.astimezone(dt.UTC)
    signatures = [Webhook(secret).sign(message_id, moment, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
