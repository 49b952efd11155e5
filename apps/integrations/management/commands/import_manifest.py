"""``manage.py import_manifest FILE --vendor SLUG``."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import Organization
from apps.catalog.models import Program
from apps.core.clock import current_time
from apps.integrations.duda.manifest_services import (
    ManifestChange,
    ManifestResult,
    import_manifest,
)
from apps.integrations.duda.manifest_text import MAX_BYTES

_LONGEST_VALUE = 100


class Command(BaseCommand):
    """Import an app's manifest: whole or not at all, with staff's rights."""

    help = (
        "Imports an app's manifest and prints what changes. Exits with 0 when it was applied or, "
        "with --dry-run, would be; else with 1 and every error on standard error."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the file and whose app it is."""
        parser.add_argument("file", help="the manifest, as JSON; - reads standard input")
        parser.add_argument("--vendor", required=True, metavar="SLUG", help="whose app it is")
        parser.add_argument(
            "--program", metavar="SLUG", help="the selling rules of a new app (default: duda)"
        )
        parser.add_argument(
            "--as-partner", action="store_true", help="with the vendor's rights, not staff's"
        )
        parser.add_argument("--dry-run", action="store_true", help="compare and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, print the difference, and say what came of it."""
        result = import_manifest(
            actor=None,
            now=current_time(),
            vendor=_vendor(options["vendor"]),
            document=_read(options["file"]),
            as_partner=options["as_partner"],
            dry_run=options["dry_run"],
            program=_program(options["program"]),
        )
        for error in result.errors:
            self.stderr.write(_line(error.path, error.message))
        if not result.errors:
            for change in result.changes:
                self.stdout.write(_change_line(change))
        for notice in result.notices:
            self.stdout.write(_("note: ") + _line(notice.path, notice.message))
        for path in result.needs_staff:
            self.stderr.write(_line(path, _("needs staff")))
        if not result.is_ok:
            raise CommandError(_("Nothing was applied."), returncode=1)
        self.stdout.write(_summary(result))


def _vendor(slug: str) -> Organization:
    vendor = Organization.objects.filter(slug=slug, is_vendor=True).first()
    if vendor is None:
        raise CommandError(_("No vendor has the short name “%(slug)s”.") % {"slug": slug})
    return vendor


def _program(slug: str | None) -> Program | None:
    if slug is None:
        return None
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise CommandError(_("No program has the short name “%(slug)s”.") % {"slug": slug})
    return program


def _read(name: str) -> bytes:
    """Return the file's bytes, one more than allowed at most: enough to refuse it by its size."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(reason)s.") % {"file": name, "reason": error.strerror}
        ) from error


def _line(path: str, message: str) -> str:
    return f"{path or _('the document')}: {message}"


def _change_line(change: ManifestChange) -> str:
    sign = "+" if change.before is None else "-" if change.after is None else "~"
    subject = f" “{change.subject}”" if change.subject else ""
    sides = [_value(side) for side in (change.before, change.after) if side is not None]
    return f"{sign} {change.path}{subject}: {' → '.join(sides) or change.kind.label}"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _summary(result: ManifestResult) -> str:
    count = len(result.changes)
    changes = ngettext("%(count)s change", "%(count)s changes", count) % {"count": count}
    if not result.applied:
        return _("%(changes)s would be applied.") % {"changes": changes}
    if result.app is None:
        raise AssertionError("an import that was applied has an app")
    return _("%(app)s (%(uuid)s): %(changes)s applied.") % {
        "app": result.app.name,
        "uuid": result.app.uuid,
        "changes": changes,
    }
