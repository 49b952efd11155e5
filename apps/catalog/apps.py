"""App configuration of the catalog."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    """Apps, plans, prices and programs."""

    name = "apps.catalog"
    label = "catalog"
    verbose_name = _("Catalogue")
