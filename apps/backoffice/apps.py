"""App configuration of the back office."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """The staff's admin site."""

    name = "apps.backoffice"
    label = "backoffice"
    verbose_name = _("Back office")
