"""Bodies of the callbacks that Duda sends to an app: install, up/downgrade, uninstall.

Pure: a frozen snapshot in, a wire dict out, bytes at the end. Nothing here reads the database,
the clock or the settings. ``README.md`` beside this module has the facts and their sources.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

Wire = dict[str, Any]

# Duda's documentation names MONTHLY and ANNUAL; "YEARLY" appears only in the types of an
# example app. A free plan has no billing rhythm: the key stays and holds null, which apps that
# expect it absent read the same way.
RECURRENCIES: Mapping[str | None, str | None] = {
    "MONTHLY": "MONTHLY",
    "YEARLY": "ANNUAL",
    None: None,
}

# Every Node client parses the body and writes it again before it checks the signature. Beyond
# this number JavaScript writes other digits than it read.
LARGEST_SAFE_INTEGER = 2**53 - 1
LARGEST_ARRAY_INDEX = 2**32 - 2


class UnsafeBodyError(ValueError):
    """The body holds a value that a JavaScript client would write differently than we do."""


@dataclass(frozen=True, kw_only=True)
class InstallSnapshot:
    """What an app is told when it is installed on a site.

    ``authorization_code`` is live before the callback is sent: the app may use it while we wait.
    ``recurrency`` is ours (MONTHLY, YEARLY, or None for a free plan). ``is_free`` marks an install
    that is never billed (marketplace staff's tests), not an install of a free plan.
    """

    authorization_code: str
    refresh_token: str
    expires_at: datetime
    api_endpoint: str
    installer_account_uuid: UUID
    account_owner_uuid: UUID
    user_lang: str
    app_plan_uuid: UUID
    recurrency: str | None
    site_name: str
    is_free: bool
    configuration_data: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeSnapshot:
    """What an app is told when the plan of an installation changes, up or down."""

    app_plan_uuid: UUID
    recurrency: str | None
    site_name: str


@dataclass(frozen=True, kw_only=True)
class UninstallSnapshot:
    """What an app is told when it is removed from a site."""

    site_name: str
    is_free: bool


def install_body(snapshot: InstallSnapshot) -> Wire:
    """The body for ``installation_endpoint``.

    ``configuration_data`` is there only for an install by API that named it.
    """
    body: Wire = {
        "auth": {
            "type": "bearer",
            "authorization_code": snapshot.authorization_code,
            "refresh_token": snapshot.refresh_token,
            "expiration_date": milliseconds(snapshot.expires_at),
        },
        "api_endpoint": snapshot.api_endpoint,
        "installer_account_uuid": str(snapshot.installer_account_uuid),
        "account_owner_uuid": str(snapshot.account_owner_uuid),
        "user_lang": snapshot.user_lang,
        "app_plan_uuid": str(snapshot.app_plan_uuid),
        "recurrency": RECURRENCIES[snapshot.recurrency],
        "site_name": snapshot.site_name,
        "free": snapshot.is_free,
    }
    if snapshot.configuration_data is not None:
        body["configuration_data"] = dict(snapshot.configuration_data)
    return body


def change_body(snapshot: ChangeSnapshot) -> Wire:
    """The body for ``updowngrade_installation_endpoint``."""
    return {
        "app_plan_uuid": str(snapshot.app_plan_uuid),
        "recurrency": RECURRENCIES[snapshot.recurrency],
        "site_name": snapshot.site_name,
    }


def uninstall_body(snapshot: UninstallSnapshot) -> Wire:
    """The body for ``uninstallation_endpoint``."""
    return {"site_name": snapshot.site_name, "free": snapshot.is_free}


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as the very bytes to sign and send: what ``JSON.stringify`` would write again.

    Raises UnsafeBodyError for what no choice of spelling saves: floats, integers beyond 2^53,
    text that is not valid Unicode.
    """
    text = json.dumps(
        _in_javascript_order(body), separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise UnsafeBodyError("text is not valid Unicode") from error


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, without the rounding of a float timestamp."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _in_javascript_order(value: Any, path: str = "") -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) <= LARGEST_SAFE_INTEGER:
        return value
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise UnsafeBodyError(f"a key that is not text at {path or 'the top'}")
        # A JavaScript object lists keys that look like array indexes first, in rising order.
        keys = sorted(
            value,
            key=lambda key: (0, int(key)) if _is_array_index(key) else (1, 0),
        )
        return {key: _in_javascript_order(value[key], f"{path}.{key}".lstrip(".")) for key in keys}
    if isinstance(value, (list, tuple)):
        return [_in_javascript_order(item, f"{path}[{n}]") for n, item in enumerate(value)]
    raise UnsafeBodyError(f"{type(value).__name__} {value!r} at {path or 'the top'}")


def _is_array_index(key: str) -> bool:
    if not (key.isascii() and key.isdigit() and len(key) <= len(str(LARGEST_ARRAY_INDEX))):
        return False
    return str(int(key)) == key and int(key) <= LARGEST_ARRAY_INDEX
