"""App configuration of webhooks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Asks, events, endpoints, deliveries and the guarded client."""

    name = "apps.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")
