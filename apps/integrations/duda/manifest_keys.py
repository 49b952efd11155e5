"""Duda's names for the facts of an app, and the paths of its manifest that errors name."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.catalog.drafts import Place

Path = Sequence[str | int]

#: Our field name -> Duda's key, in the order in which a manifest is written.
APP_KEYS: Final[Mapping[str, str]] = {
    "uuid": "uuid",
    "public_key": "public_key",
    "install_url": "installation_endpoint",
    "uninstall_url": "uninstallation_endpoint",
    "change_url": "updowngrade_installation_endpoint",
    "launch_url": "base_sso_url",
    "site_webhook": "webhooks",
    "scopes": "scopes",
    "supported_locales": "supported_locales",
    "required_fields": "required_fields",
    "visible_to_clients": "visible_to_clients",
    "is_in_beta": "is_in_beta",
    "window_type": "window_type",
    "categories": "categories",
    "profiles": "app_profile",
    "white_label_profiles": "wl_app_profile",
    "plans": "app_plans",
}
APP_PROFILE_KEYS: Final[Mapping[str, str]] = {
    "name": "app_name",
    "logo_url": "app_logo",
    "short_description": "app_short_description",
    "long_description": "app_long_description",
    "public_page": "public_page",
    "terms_of_service_page": "terms_of_service_page",
    "privacy_note_page": "privacy_note_page",
    "screenshots": "app_screenshots",
}
PLAN_KEYS: Final[Mapping[str, str]] = {
    "uuid": "plan_uuid",
    "plan_type": "plan_type",
    "is_hidden": "is_hidden",
    "is_default": "is_default",
    "grade": "plan_grade",
    "profiles": "plan_profiles",
}
PLAN_PROFILE_KEYS: Final[Mapping[str, str]] = {
    "name": "plan_name",
    "subtitle": "plan_subtitle",
    "features": "plan_features",
}
DEFAULT_PLAN_KEY: Final = "default_plan_uuid"

_PLAIN_KEY: Final = re.compile(r"[\w-]+")


def path_text(path: Path) -> str:
    """Return ``app_plans[1].plan_profiles.en.plan_name`` for its parts; empty for the document.

    A key that would not read well stands quoted in brackets, in ASCII.
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text


def path_of(place: Place, document: Mapping[str, Any]) -> Path:
    """Return where in ``document`` a place of the draft that was read from it stands."""
    parts: list[str | int] = []
    keys = APP_KEYS
    if place.plan is not None:
        if place.field == "is_default" and not _says_default(document, place.plan):
            return [DEFAULT_PLAN_KEY]
        parts, keys = ["app_plans", place.plan], PLAN_KEYS
        if place.language:
            parts, keys = [*parts, "plan_profiles", place.language], PLAN_PROFILE_KEYS
    elif place.language:
        group = "wl_app_profile" if place.is_white_label else "app_profile"
        parts, keys = [group, place.language], APP_PROFILE_KEYS
    if place.field:
        parts.append(keys[place.field])
    if place.extra:
        parts.append(place.extra)
    if place.item is not None:
        parts.append(place.item)
    return parts


def _says_default(document: Mapping[str, Any], plan: int) -> bool:
    """Whether the plan itself has the flag; the default may be named at the top instead."""
    return DEFAULT_PLAN_KEY not in document or "is_default" in document["app_plans"][plan]
