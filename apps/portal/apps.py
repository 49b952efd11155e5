"""App configuration of the portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """The pages of agencies and their clients."""

    name = "apps.portal"
    label = "portal"
    verbose_name = _("Portal")
