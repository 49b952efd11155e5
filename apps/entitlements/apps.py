"""App configuration of entitlements."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EntitlementsConfig(AppConfig):
    """Who may use what."""

    name = "apps.entitlements"
    label = "entitlements"
    verbose_name = _("Entitlements")
