"""App configuration of the core."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """Money, clock, errors, admin bases; no tables."""

    name = "apps.core"
    label = "core"
    verbose_name = _("Core")

    def ready(self) -> None:
        """Register the system checks of the settings."""
        from apps.core import checks  # noqa: F401 - importing registers them
