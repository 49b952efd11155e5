#!/usr/bin/env python
"""Django's command line, on the settings of the embedded default unless the environment says."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.local")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            f"{error}. Use the project's virtual environment: `make setup` makes it, "
            "and `.venv/bin/python manage.py` runs in it."
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
