"""``make check``: what CI runs, step by step, each with its time; stops at the first that fails."""

import argparse
import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.processes import python
from scripts.run_env import ROOT

BIN = Path(sys.executable).parent
COVERAGE = ROOT / "var" / "coverage"


@dataclass(frozen=True)
class Step:
    """One command of the check."""

    title: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    without: Sequence[str] = ()

    def run(self) -> int:
        """Run it in the project's folder; return its exit code."""
        environment = {n: v for n, v in os.environ.items() if n not in self.without}
        return subprocess.run(
            self.command, cwd=ROOT, env={**environment, **self.environment}, check=False
        ).returncode


def production_environment() -> dict[str, str]:
    """Return an environment as ``docs/operations.md`` asks for it, with keys made on the spot."""
    return {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "postgres://marketplace:password@db.example/marketplace",
        "CELERY_BROKER_URL": "redis://redis.example:6379/0",
        "PUBLIC_BASE_URL": "https://marketplace.example",
        "ALLOWED_HOSTS": "marketplace.example",
        "OUTBOUND_ALLOWED_ORIGINS": "",
    }


def lint_steps() -> list[Step]:
    """Return what looks at the code without running it."""
    tests_settings = {"DJANGO_SETTINGS_MODULE": "marketplace.settings.test"}
    return [
        Step("Lint", [str(BIN / "ruff"), "check", "."]),
        Step("Format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        Step("Types", python("-m", "mypy"), tests_settings),
        Step("Layers", [str(BIN / "lint-imports"), "--no-cache"], {"PYTHONPATH": str(ROOT)}),
    ]


def project_steps() -> list[Step]:
    """Return what asks Django about the project."""
    return [
        Step(
            "Deploy check with production settings",
            python("manage.py", "check", "--deploy", "--fail-level", "WARNING"),
            production_environment(),
        ),
        Step(
            "Migrations are complete",
            python("manage.py", "makemigrations", "--check", "--dry-run"),
            {"DJANGO_SETTINGS_MODULE": "marketplace.settings.test"},
            without=["TEST_DATABASE_URL"],
        ),
    ]


def test_steps() -> list[Step]:
    """Return the tests on the embedded default, and on PostgreSQL where one is named.

    Two runs of one suite are one measurement: each database runs branches of its own. Two
    kinds of tests have a process, and the machine, to themselves: the browser's, because
    Playwright leaves an event loop running beside which ``asyncio.run`` cannot run, and the one
    that starts the whole of ``make run``, which is on SQLite whatever the tests run on.
    """
    alone = ("tests/browser", "tests/tooling/test_run.py")
    pytest = ("-m", "pytest", "-q", "--cov", "--cov-report=")
    parallel = ("-n", "auto", "--dist", "loadgroup", *(f"--ignore={path}" for path in alone))
    embedded = ["TEST_DATABASE_URL", "TEST_BROKER_URL", "DATABASE_URL"]
    steps = [
        Step("Tests on SQLite", python(*pytest, *parallel), without=embedded),
        Step(
            "Tests in a browser and of `make run`",
            python(*pytest, "--cov-append", *reversed(alone)),
            without=embedded,
        ),
    ]
    if os.environ.get("TEST_DATABASE_URL"):
        steps.append(
            Step(
                "Tests on PostgreSQL",
                python(*pytest, "--cov-append", *parallel),
                without=["DATABASE_URL"],
            )
        )
    steps.append(Step("Coverage", python("-m", "coverage", "report")))
    return steps


def main() -> int:
    """Run the steps; return the first exit code that is not 0."""
    parser = argparse.ArgumentParser(description="Run what CI runs.")
    parser.add_argument("--only", choices=["lint", "project", "tests"])
    chosen = parser.parse_args().only
    groups = {"lint": lint_steps, "project": project_steps, "tests": test_steps}
    COVERAGE.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for name, steps in groups.items():
        if chosen not in (None, name):
            continue
        for step in steps():
            started = time.monotonic()
            print(f"--- {step.title}", flush=True)
            if code := step.run():
                print(f"--- {step.title}: FAILED (exit code {code})", flush=True)
                return code
            print(f"--- {step.title}: ok, {time.monotonic() - started:.0f} s\n", flush=True)
    print(f"All checks passed in {time.monotonic() - began:.0f} s.")
    if chosen is None and not os.environ.get("TEST_DATABASE_URL"):
        print("PostgreSQL was left out: TEST_DATABASE_URL is not set (see make test-postgres).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
