"""App configuration of the integrations: what the dialects share, such as commands."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    """The folder of the dialects; each dialect in it is an app of its own."""

    name = "apps.integrations"
    label = "integrations"
    verbose_name = _("Integrations")
