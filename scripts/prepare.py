"""What ``make run`` does before anything serves: tables, demo data, static files.

One process for all of it, as each start of Django costs a second or two. Prints the demo's
addresses and logins as JSON on standard output; everything else goes to standard error.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, get_commands

from scripts.messages import compile_messages
from scripts.run_env import ROOT


def static_sources() -> Iterator[Path]:
    """Yield what decides the collected files: ours, and by their pins those of packages."""
    yield ROOT / "requirements.txt"
    for folder in (ROOT / "static", ROOT / "apps"):
        yield from (path for path in sorted(folder.rglob("*")) if "static" in path.parts)


def fingerprint(paths: Iterator[Path]) -> str:
    """Return a digest of names, sizes and times: equal means that nothing was edited."""
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            facts = path.stat()
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static_files() -> None:
    """Collect static files unless the last collection was of the same ones: it takes seconds."""
    mark = Path(settings.STATIC_ROOT) / ".collected"
    now = fingerprint(static_sources())
    if mark.exists() and mark.read_text() == now:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, stdout=sys.stderr)
    mark.write_text(now)


def main() -> None:
    """Bring database and static files up to date."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.local"
    django.setup()
    compile_messages()
    collect_static_files()
    call_command("migrate", interactive=False, stdout=sys.stderr)
    known = get_commands()
    if "seed_demo" in known:
        call_command("seed_demo", stdout=sys.stderr)
    if "demo_credentials" in known:
        call_command("demo_credentials", "--format", "json", stdout=sys.stdout)


if __name__ == "__main__":
    main()
