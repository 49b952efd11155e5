"""Health and metrics: what load balancers and monitoring ask."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from apps.api.metrics import MarketplaceCollector

logger = logging.getLogger(__name__)

REGISTRY = CollectorRegistry()
REGISTRY.register(MarketplaceCollector())


@require_safe
@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """Answer that the process serves requests, and nothing more.

    A dead database must not fail this one: restarting the web process would not bring it back.
    """
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Answer whether requests can be served in full: 200 if database, broker and cache work.

    Else 503 with the part that failed; the reason goes to the log, not to the asker.
    """
    parts = {name: _works(name, probe) for name, probe in _PROBES.items()}
    healthy = all(parts.values())
    return JsonResponse(
        {
            "status": "ok" if healthy else "unavailable",
            "parts": {name: "ok" if works else "failed" for name, works in parts.items()},
        },
        status=200 if healthy else 503,
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the metrics in Prometheus' text form to whoever shows ``METRICS_TOKEN``.

    Without the token, or where none is set, the page does not exist.
    """
    expected = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, expected):
        raise Http404
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    with Connection(
        settings.CELERY_BROKER_URL,
        connect_timeout=2,
        transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
    ) as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0)


def _ask_cache() -> None:
    cache.get("health")


_PROBES: dict[str, Callable[[], None]] = {
    "database": _ask_database,
    "broker": _ask_broker,
    "cache": _ask_cache,
}


def _works(name: str, probe: Callable[[], None]) -> bool:
    try:
        probe()
    except Exception:  # Whatever a driver raises, the part does not work.
        logger.exception("%s failed its health check", name)
        return False
    return True
