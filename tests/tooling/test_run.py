"""`make run`: its parts alone, and the whole of it in a copy of this clone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import processes, run, run_env
from scripts.processes import Program, wait_until
from scripts.run import CannotRunError, Supervisor

PROJECT = Path(__file__).resolve().parents[2]
#: A laptop under load takes its time; an idle one needs a tenth.
SECONDS_TO_START = 180
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "var", "build", "__pycache__", ".mypy_cache", ".ruff_cache"
)


# --- Parts -----------------------------------------------------------------------------------


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor whose logs and process ids are the test's own."""
    monkeypatch.setattr(processes, "PID_DIR", tmp_path)
    monkeypatch.setattr(processes, "LOG_DIR", tmp_path)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    supervisor = Supervisor()
    yield supervisor
    supervisor.stop()


def program(code: str) -> Program:
    return Program("worker", (sys.executable, "-c", code), dict(os.environ))


def test_a_program_that_ends_is_reported_and_started_again(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    first = supervisor.start(program("import time; time.sleep(600)"))
    first.signal(signal.SIGKILL)
    assert wait_until(lambda: first.exit_code is not None, seconds=5)
    supervisor.look()
    assert capsys.readouterr().out == (
        "worker ended with exit code -9; starting it again. Its log: worker.log\n"
    )
    [second] = supervisor.processes
    assert second is not first
    assert second.exit_code is None


def test_a_program_that_keeps_ending_stops_everything_with_the_end_of_its_log(
    supervisor: Supervisor,
) -> None:
    supervisor.start(program("raise SystemExit('no database')"))

    def look_until_it_gives_up() -> None:
        while True:
            assert wait_until(lambda: supervisor.processes[0].exit_code is not None, seconds=10)
            supervisor.look()

    with pytest.raises(CannotRunError) as raised:
        look_until_it_gives_up()
    assert str(raised.value).startswith("worker ended 5 times within a minute (exit code 1)")
    assert "    no database\n" in str(raised.value)


def test_the_environment_wins_over_what_the_clone_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://elsewhere:6379/0")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    current = run_env.new_run_env()
    environment = run.child_environment(current)
    assert environment["CELERY_BROKER_URL"] == "redis://elsewhere:6379/0"
    assert environment["SECRET_KEY"] == current.secret_key
    assert environment["PORT"] == str(current.web_port)
    assert environment["DJANGO_SETTINGS_MODULE"] == "marketplace.settings.local"


@pytest.mark.parametrize("port", ["0", "65536", "80a", "-1"])
def test_a_port_that_is_none_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    monkeypatch.setattr(run_env, "load", lambda: None)
    with pytest.raises(CannotRunError, match="PORT must be a number from 1 to 65535"):
        run.settle_run_env()


# --- The whole -------------------------------------------------------------------------------


class Clone:
    """A copy of this project with a `make run` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output.txt"
        self.run: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        names = {"DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "PORT", "PUBLIC_BASE_URL"}
        names |= set(run_env.new_run_env().variables())
        with self.output.open("wb") as output:
            self.run = subprocess.Popen(
                [self.folder / ".venv" / "bin" / "python", "-m", "scripts.run"],
                cwd=self.folder,
                env={name: value for name, value in os.environ.items() if name not in names},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert wait_until(
            lambda: "Stop with Ctrl-C" in self.said() or self.run.poll() is not None,
            seconds=SECONDS_TO_START,
        ), self.said()
        assert self.run.poll() is None, self.said()

    def said(self) -> str:
        return self.output.read_text()

    def kept(self) -> dict[str, str]:
        return run_env.parse((self.folder / "var" / "run.env").read_text())

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.kept()["PUBLIC_BASE_URL"] + path, timeout=10) as answer:
            return answer.read()

    def process_ids(self) -> dict[str, int]:
        """Return what runs, by name, as its process id files say."""
        files = (self.folder / "var" / "run").glob("*.pid")
        return {file.stem: int(file.read_text()) for file in files}

    def running(self) -> list[str]:
        """Return the command lines of all processes that name this copy."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue  # it ended while we looked
                if f"{self.folder}/" in command:
                    found.append(command)
        return found

    def end(self, number: signal.Signals) -> float:
        """Send the supervisor a signal; return the seconds until nothing is left."""
        began = time.monotonic()
        self.run.send_signal(number)
        self.run.wait(timeout=30)
        assert wait_until(lambda: self.running() == [], seconds=60), self.running()
        return time.monotonic() - began


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy without data, with this project's virtual environment under a path of its own."""
    folder = tmp_path / "clone"
    shutil.copytree(PROJECT, folder, ignore=NOT_COPIED)
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    clone = Clone(folder)
    yield clone
    if clone.run and clone.run.poll() is None:
        clone.end(signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_a_clone_starts_serves_survives_and_stops(clone: Clone) -> None:
    clone.start()
    assert json.loads(clone.get("/readyz"))["status"] == "ok"
    assert clone.kept()["PUBLIC_BASE_URL"] in clone.said()
    names = {"asks", "beat", "demo_app", "valkey", "web", "worker"}
    assert set(clone.process_ids()) == names
    assert not (clone.folder / "var" / "db.sqlite3-journal").exists()

    # A second start in the same clone is refused and disturbs nothing.
    second = subprocess.run(
        [clone.folder / ".venv" / "bin" / "python", "-m", "scripts.run"],
        cwd=clone.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "This clone is running already" in second.stdout

    # A worker that is killed is started again.
    killed = clone.process_ids()["worker"]
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: clone.process_ids().get("worker", killed) != killed, seconds=10)
    assert "worker ended with exit code -9; starting it again" in clone.said()

    # Ctrl-C ends all of it within seconds.
    assert clone.end(signal.SIGINT) < 15
    assert clone.run.returncode == 0
    assert clone.process_ids() == {}

    # The next start keeps ports and data; killed, it leaves nothing behind either.
    kept = clone.kept()
    clone.start()
    assert clone.kept() == kept
    clone.end(signal.SIGKILL)
