"""Programs, texts, prices, credentials, manifests. Apps and plans are in the back office."""

from apps.catalog.admin import credentials, manifests, prices, profiles, programs

__all__ = ["credentials", "manifests", "prices", "profiles", "programs"]
