"""URLs of health and metrics, and of the marketplace's own API."""

from django.urls import path

from apps.api import health

urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
