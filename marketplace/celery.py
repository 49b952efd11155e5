"""The Celery application: ``celery -A marketplace worker`` and ``beat`` start here."""

import logging
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_prerun
from django.conf import settings
from django.db import close_old_connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.local")

app = Celery("marketplace")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_django_logging(**kwargs: Any) -> None:
    """Keep Django's logging: without a receiver Celery replaces it by its own."""
    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
def drop_dead_connections(**kwargs: Any) -> None:
    """Look at the database connection before each task, as Django does before each request.

    ``CELERY_DB_REUSE_MAX`` keeps a connection over many tasks; one that the database has closed
    meanwhile would fail every task until it is recycled.
    """
    close_old_connections()
