"""The tokens with which an app calls us for one installation."""

import datetime as dt

from apps.core.secrets import digest, new_secret
from apps.subscriptions.models import Installation, InstallationToken

LIFETIME = dt.timedelta(hours=12)
"""How long an access token works."""


def issue_installation_token(*, installation: Installation, now: dt.datetime) -> InstallationToken:
    """Write a fresh pair. It works at once, while the installation is pending or active.

    The readable pair is in ``access_sealed`` and ``refresh_sealed`` until the order is settled.
    """
    access, refresh = new_secret("mkta_"), new_secret("mktr_")
    return InstallationToken.objects.create(
        installation=installation,
        access_digest=digest(access),
        refresh_digest=digest(refresh),
        access_sealed=access,
        refresh_sealed=refresh,
        created_at=now,
        expires_at=now + LIFETIME,
    )
