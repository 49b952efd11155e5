"""Launches: how a person who opens an installed app is handed over to it.

A page above builds a neutral snapshot; the dialect of the app's program makes the signed link.
"""

import dataclasses
import datetime as dt
import functools
import uuid
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from apps.catalog.models import App


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LaunchSnapshot:
    """Who opens which app on which site, and from where.

    ``at`` is the machine's time, whatever an order's clock says: apps compare it with their own.
    """

    app: App
    site_name: str
    language: str
    user_uuid: uuid.UUID
    editor_origin: str
    sdk_url: str
    at: dt.datetime
    is_white_label: bool = False


class LaunchDialect(Protocol):
    """How one vendor's apps are opened. Implementations are leaves in ``apps/integrations``."""

    def launch_url(self, snapshot: LaunchSnapshot) -> str:
        """Return the signed link; it opens the app once or for a short time, as the app likes."""


@functools.cache
def launch_dialect(name: str) -> LaunchDialect:
    """Return the dialect that the setting ``DIALECTS`` names. Raises ``KeyError``."""
    made: LaunchDialect = import_string(settings.DIALECTS[name])()
    return made


def has_launch(app: App) -> bool:
    """Whether the app gave an address to open, and everything that a signed link takes is there.

    Says nothing of the app's status: a suspended app is not opened, but does have a launch.
    """
    return bool(app.launch_url and app.private_key and app.program.plan_asks)


def launch_url(snapshot: LaunchSnapshot) -> str:
    """Return the link that opens the app, signed now; only for an app that has a launch."""
    return launch_dialect(snapshot.app.program.plan_asks).launch_url(snapshot)
