"""``manage.py export_manifest APP_UUID``."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from apps.catalog.models import App
from apps.integrations.duda.manifest import write_manifest


class Command(BaseCommand):
    """Print an app's manifest."""

    help = "Prints the whole manifest of an app; importing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the app."""
        parser.add_argument("app_uuid", type=UUID, metavar="APP_UUID", help="the app's UUID")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the manifest as JSON."""
        app = App.objects.filter(uuid=options["app_uuid"]).first()
        if app is None:
            raise CommandError(_("No app has the UUID %(uuid)s.") % {"uuid": options["app_uuid"]})
        self.stdout.write(json.dumps(write_manifest(app), ensure_ascii=False, indent=2))
