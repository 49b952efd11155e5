"""``manage.py seed_demo``: a small believable marketplace, made once."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.backoffice.demo import vendor_app
from apps.backoffice.demo.catalogue import ManifestRefused, follow_addresses, make_apps
from apps.backoffice.demo.history import HistoryError, make_history, missing_purchases
from apps.backoffice.demo.people import (
    AGENCY_STAFF_EMAIL,
    CLIENT_EMAIL,
    DEVELOPER_EMAIL,
    PASSWORD,
    STAFF_EMAIL,
    is_demo_database,
    is_empty_database,
    make_people,
    person,
)
from apps.core.clock import current_time


def _make_demo(*, now: dt.datetime, demo_app_url: str) -> None:
    folder = settings.DEMO_APP_DIR
    make_people(now=now)
    make_apps(now=now, demo_app_url=demo_app_url)
    follow_addresses(demo_app_url=demo_app_url)
    vendor_app.write_files(folder)
    if missing_purchases():
        with _nobody_woken(), vendor_app.answering(demo_app_url, folder):
            make_history(now=now, demo_app_url=demo_app_url)


@contextlib.contextmanager
def _nobody_woken() -> Iterator[None]:
    """Keep task messages in this process.

    The orders are driven here, at their own times: a worker that heard of them would drive them
    at today's, and a broker that is not there would be waited for at each.
    """
    # The variable CELERY_BROKER_URL wins over ``broker_url``, but not over this.
    written_to = current_app.conf.get("broker_write_url")
    current_app.conf["broker_write_url"] = "memory://"
    try:
        yield
    finally:
        current_app.conf["broker_write_url"] = written_to


class Command(BaseCommand):
    """Make what is missing of the demo, and point its apps at the demo app's address.

    What exists is left as it is, edits included. Never touches a database that has people in it
    and was not made by this command.
    """

    help = "Make the demo marketplace: vendors, apps, agencies, sites and their history."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it, and say who can sign in."""
        url = settings.DEMO_APP_URL.rstrip("/")
        if not url:
            raise CommandError(
                "DEMO_APP_URL is not set: the demo's apps need an address at which "
                "examples/demo_app answers. `make run` chooses one."
            )
        if not is_demo_database() and not is_empty_database():
            raise CommandError("This database is in use and is not a demo: nothing was changed.")
        try:
            _make_demo(now=current_time(), demo_app_url=url)
        except (ManifestRefused, HistoryError, vendor_app.VendorAppError) as error:
            raise CommandError(str(error)) from error
        for who, email in (
            ("Marketplace staff", STAFF_EMAIL),
            ("Agency staff member", AGENCY_STAFF_EMAIL),
            ("Client", CLIENT_EMAIL),
            ("Developer", DEVELOPER_EMAIL),
        ):
            self.stdout.write(f"{who:<20} {person(email).email}   {PASSWORD}")
