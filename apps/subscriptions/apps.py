"""App configuration of subscriptions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    """Installations and subscriptions."""

    name = "apps.subscriptions"
    label = "subscriptions"
    verbose_name = _("Subscriptions")
