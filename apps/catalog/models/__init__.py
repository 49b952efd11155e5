"""The catalogue: programs, apps, the things they sell and what these cost."""

from apps.catalog.models.apps import App, AppCredential, AppProfile, CatalogManifest
from apps.catalog.models.plans import Plan, PlanProfile
from apps.catalog.models.programs import Program
from apps.catalog.models.skus import Price, Sku

__all__ = [
    "App",
    "AppCredential",
    "AppProfile",
    "CatalogManifest",
    "Plan",
    "PlanProfile",
    "Price",
    "Program",
    "Sku",
]
