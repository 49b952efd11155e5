"""Texts for translators: ``python -m scripts.messages`` collects them; compiling needs no tools.

``locale/<language>/LC_MESSAGES/django.po`` is kept in git. The compiled ``.mo`` beside it is not:
:func:`compile_messages` makes it with Babel where it is missing or older, at each ``make run``
and test run, so that a fresh machine needs no gettext.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from scripts.processes import python
from scripts.run_env import ROOT

#: A folder per language that is translated into: the texts in the code are English. A new one
#: begins as a new folder, and with its entry in the setting ``LANGUAGES``.
LOCALE = ROOT / "locale"


def compile_messages(folder: Path = LOCALE) -> list[Path]:
    """Compile each ``.po`` that is newer than its ``.mo``; return the files written."""
    written = []
    for source in sorted(folder.rglob("*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
        # Whole or not at all: another process may be reading it.
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalog)
        draft.replace(target)
        written.append(target)
    return written


def collect_messages() -> int:
    """Bring the ``.po`` files up to date with the texts in code and templates."""
    if not shutil.which("xgettext"):
        print("gettext is needed to collect texts. On Debian and Ubuntu: apt-get install gettext")
        return 1
    locales = [f"--locale={folder.name}" for folder in sorted(LOCALE.iterdir())]
    return subprocess.run(
        [
            *python("manage.py", "makemessages", *locales),
            *("--no-obsolete", "--add-location=file"),
            *("--ignore=.venv", "--ignore=var", "--ignore=tests", "--ignore=examples"),
        ],
        cwd=ROOT,
        check=False,
    ).returncode


def main() -> int:
    """Collect, then compile."""
    if code := collect_messages():
        return code
    for path in compile_messages():
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
