"""App configuration of the ledger."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Double entry."""

    name = "apps.ledger"
    label = "ledger"
    verbose_name = _("Ledger")
