"""``make run``: starts everything a clone needs, watches it, and stops all of it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from scripts import programs, run_env
from scripts.lock import AlreadyRunningError, RunLock
from scripts.processes import (
    LOG_DIR,
    PID_DIR,
    Process,
    Program,
    end_leftovers,
    last_lines,
    python,
    rotate_log,
    stop,
    wait_until,
)
from scripts.run_env import ROOT, RunEnv

SETUP_LOG = LOG_DIR / "setup.log"
#: A program that ends more often than this within a minute will not come right by itself.
MAX_RESTARTS_PER_MINUTE = 5
SECONDS_TO_READY = 120


class StoppedError(BaseException):
    """A signal asked for the end; not an ``Exception``, so that nothing catches it by chance."""


class CannotRunError(Exception):
    """What keeps this clone from running, in words for the person at the terminal."""


class Supervisor:
    """Starts programs, starts those again that end by themselves, and stops them all."""

    def __init__(self) -> None:
        """Begin with nothing running."""
        self.processes: list[Process] = []
        self._ends: dict[str, deque[float]] = {}

    def start(self, program: Program) -> Process:
        """Start one program."""
        rotate_log(program.log)
        process = Process(program)
        self.processes.append(process)
        return process

    def look(self) -> None:
        """Start again what has ended. Raises :exc:`CannotRunError` when that does not help."""
        for position, process in enumerate(self.processes):
            if process.exit_code is None:
                continue
            program = process.program
            process.clear()
            ends = self._ends.setdefault(program.name, deque(maxlen=MAX_RESTARTS_PER_MINUTE))
            ends.append(time.monotonic())
            if len(ends) == MAX_RESTARTS_PER_MINUTE and ends[-1] - ends[0] < 60:
                raise CannotRunError(
                    f"{program.name} ended {len(ends)} times within a minute "
                    f"(exit code {process.exit_code}). The end of {_shown(program.log)}:\n"
                    f"{last_lines(program.log)}"
                )
            say(
                f"{program.name} ended with exit code {process.exit_code}; starting it again. "
                f"Its log: {_shown(program.log)}"
            )
            time.sleep(0.5)
            self.processes[position] = Process(program)

    def stop(self) -> None:
        """Stop everything; the broker last, as the workers hand their messages back to it."""
        broker = [p for p in self.processes if p.program.name == "valkey"]
        stop(p for p in self.processes if p not in broker)
        stop(broker)
        self.processes.clear()


def say(text: str) -> None:
    """Print a line at once, also where the output is a file."""
    print(text, flush=True)


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def settle_run_env() -> RunEnv:
    """Return this clone's ports and keys, moved where a port is taken, and write them down."""
    known = run_env.load()
    current = known or run_env.new_run_env()
    asked = os.environ.get("PORT", "")
    if asked:
        if not asked.isdigit() or not 0 < int(asked) < 65536:
            raise CannotRunError(f"PORT must be a number from 1 to 65535, not {asked!r}.")
        try:
            current = run_env.with_web_port(current, int(asked))
        except run_env.PortTakenError as error:
            raise CannotRunError(str(error)) from error
    current, sentences = run_env.move_taken_ports(current)
    for sentence in sentences:
        say(sentence)
    if current != known:
        run_env.save(current)
    return current


def child_environment(current: RunEnv) -> dict[str, str]:
    """Return the environment of all programs: the terminal's, and below it ``run.env``."""
    return {
        **current.variables(),
        **os.environ,
        # What PORT was asked for is in run.env by now.
        "PORT": str(current.web_port),
        "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
        "PYTHONUNBUFFERED": "1",
    }


@contextlib.contextmanager
def minded(environment: dict[str, str]) -> Iterator[None]:
    """Have the programs ended should this process be killed (see ``scripts.minder``)."""
    minder = subprocess.Popen(
        python("-m", "scripts.minder"),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield
    finally:
        # By now nothing is left to end; its kind of death needs no clean-up either.
        minder.kill()
        minder.wait()
        if minder.stdin:
            minder.stdin.close()


def prepare(environment: dict[str, str]) -> dict[str, object]:
    """Migrate, load the demo data, collect static files; return the demo's credentials."""
    with (
        SETUP_LOG.open("wb") as log,
        subprocess.Popen(
            python("-m", "scripts.prepare"),
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            answer, _ = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise CannotRunError(
            f"Preparing the database failed. The end of {_shown(SETUP_LOG)}:\n"
            f"{last_lines(SETUP_LOG)}"
        )
    credentials: dict[str, object] = json.loads(answer) if answer.strip() else {}
    return credentials


def start_broker(supervisor: Supervisor, current: RunEnv, environment: dict[str, str]) -> None:
    """Start the embedded Valkey and wait until it listens."""
    process = supervisor.start(programs.valkey(current, environment))
    listening = wait_until(
        lambda: process.exit_code is not None or not run_env.is_free(current.valkey_port),
        seconds=10,
    )
    if process.exit_code is not None or not listening:
        raise CannotRunError(
            f"The Valkey server did not start. The end of {_shown(process.program.log)}:\n"
            f"{last_lines(process.program.log)}"
        )


def wait_for_web(supervisor: Supervisor, current: RunEnv) -> None:
    """Wait until the pages, the database and the broker answer."""
    last_error = ""

    def is_ready() -> bool:
        nonlocal last_error
        supervisor.look()
        try:
            with urllib.request.urlopen(f"{current.base_url}/readyz", timeout=5):
                return True
        except urllib.error.HTTPError as error:
            last_error = f"/readyz answered {error.code}: {error.read(500).decode()}"
        except OSError as error:
            last_error = str(error)
        return False

    if not wait_until(is_ready, seconds=SECONDS_TO_READY):
        raise CannotRunError(
            f"The marketplace did not answer within {SECONDS_TO_READY} s ({last_error}). "
            f"Logs: {_shown(LOG_DIR)}/"
        )


def print_addresses(current: RunEnv, credentials: dict[str, object], seconds: float) -> None:
    """Tell the person at the terminal where to go and how to sign in."""
    say(f"\nReady after {seconds:.1f} s.\n")
    rows = [
        ("Marketplace", f"{current.base_url}/"),
        ("Admin", f"{current.base_url}/admin/"),
        ("Demo app", f"{current.demo_app_url}/"),
    ]
    rows += [
        (label, f"{login['email']}   {login['password']}")
        for label, key in (
            ("Staff", "staff"),
            ("Agency staff member", "agency_staff"),
            ("Client", "client"),
            ("Developer", "developer"),
        )
        if isinstance(login := credentials.get(key), dict)
    ]
    for label, value in rows:
        say(f"  {label:<20} {value}")
    say("\n  Everything else:     .venv/bin/python manage.py demo_credentials --format json")
    say(f"  Logs:                {_shown(LOG_DIR)}/")
    say("  Stop with Ctrl-C.\n")


def run(supervisor: Supervisor, began: float) -> None:
    """Start everything and watch it for ever. Returns only by an exception."""
    if ended := end_leftovers():
        say(f"Ended what a killed run had left: {', '.join(ended)}.")
    current = settle_run_env()
    environment = child_environment(current)
    with minded(environment):
        try:
            if "CELERY_BROKER_URL" in os.environ:
                say("CELERY_BROKER_URL is set: using that broker, starting none.")
            else:
                start_broker(supervisor, current, environment)
            say("Preparing database and static files ...")
            credentials = prepare(environment)
            for program in programs.serving_programs(current, environment):
                supervisor.start(program)
            wait_for_web(supervisor, current)
            print_addresses(current, credentials, time.monotonic() - began)
            watch(supervisor)
        finally:
            ignore_signals()
            supervisor.stop()
            end_leftovers()  # what a signal caught between its start and its entry in the list


def watch(supervisor: Supervisor) -> None:
    """Look after the programs until a signal comes or ``make`` is gone."""
    parent = os.getppid()
    while True:
        supervisor.look()
        if os.environ.get("STOP_WITH_PARENT") and os.getppid() != parent:
            say("make has ended: stopping.")
            raise StoppedError
        time.sleep(0.3)


def ignore_signals() -> None:
    """Let nothing interrupt the stopping, which ends by itself within seconds."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Here and not later: one Ctrl-C or TERM often comes twice, from the terminal and from make,
    # and the second must not break off what the first began.
    ignore_signals()
    raise StoppedError


def main() -> int:
    """Run until stopped; return the exit code."""
    began = time.monotonic()
    # A shell lets what it starts with & ignore SIGINT; here that signal always means the end.
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup leaves it
        signal.signal(signal.SIGHUP, _stop)
    for folder in (LOG_DIR, PID_DIR):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with RunLock("run"):
            run(Supervisor(), began)
    except AlreadyRunningError:
        known = run_env.load()
        where = f" at {known.base_url}/" if known else ""
        say(f"This clone is running already{where}. Stop that one first (Ctrl-C).")
        return 1
    except CannotRunError as error:
        say(f"\n{error}")
        return 1
    except StoppedError:
        say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
