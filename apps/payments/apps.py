"""App configuration of payments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Payments and the gateways that take them."""

    name = "apps.payments"
    label = "payments"
    verbose_name = _("Payments")
