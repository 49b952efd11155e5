"""``manage.py demo_credentials --format json``: all that a client program needs."""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.backoffice.demo.credentials import mint_credentials
from apps.backoffice.demo.people import is_demo_database
from apps.core.clock import current_time


class Command(BaseCommand):
    """Print logins and keys of the demo, with tokens that are minted at each call.

    Runs only on a database that ``seed_demo`` made: nowhere else may a command line hand out
    tokens in other people's names.
    """

    help = "Print everything that a client program needs to use the demo."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the output's format."""
        parser.add_argument("--format", choices=["json"], default="json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one JSON object."""
        if not is_demo_database():
            raise CommandError("This database was not made by seed_demo: no credentials for it.")
        self.stdout.write(json.dumps(mint_credentials(now=current_time()), indent=2))
