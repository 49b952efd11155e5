"""Put the ledger's guards into the database."""

from typing import Any

from django.db import migrations

from apps.ledger import protection


def install(apps: Any, schema_editor: Any) -> None:
    protection.install(schema_editor.connection)


def remove(apps: Any, schema_editor: Any) -> None:
    protection.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
