"""App configuration of the Duda dialect."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DudaConfig(AppConfig):
    """Duda's wire formats, in and out."""

    name = "apps.integrations.duda"
    label = "duda"
    verbose_name = _("Duda dialect")
