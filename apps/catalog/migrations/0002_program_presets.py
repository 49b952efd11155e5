"""The four program presets."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from apps.catalog.presets import install_presets


def install(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the presets; running it again changes nothing."""
    install_presets(apps.get_model("catalog", "Program"))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    # On the way back the rows stay: apps may be under them by then.
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
