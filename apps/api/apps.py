"""App configuration of the API."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    """The marketplace's own API, and its health."""

    name = "apps.api"
    label = "api"
    verbose_name = _("API")
