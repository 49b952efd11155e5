"""Long-running programs of one clone: started, watched, and ended with all their children."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.run_env import ROOT

PID_DIR = ROOT / "var" / "run"
LOG_DIR = ROOT / "var" / "log"
MAX_LOG_BYTES = 5_000_000

#: A worker waits for its running asks after TERM, which may take as long as an app may hang. The
#: second signal makes it stop at once; the leases of its orders bring them back.
SECONDS_TO_SECOND_SIGNAL = 5.0
SECONDS_TO_KILL = 3.0


@dataclass(frozen=True)
class Program:
    """What to run. Its command names a path inside this clone, which marks the process as ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    second_signal: signal.Signals = signal.SIGTERM

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return LOG_DIR / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Where its process id, which is also its group's, is kept while it runs."""
        return PID_DIR / f"{self.name}.pid"


class Process:
    """A started program: the leader of a process group of its own."""

    def __init__(self, program: Program) -> None:
        """Start ``program`` with its output in its log, away from the terminal's Ctrl-C."""
        self.program = program
        with program.log.open("ab") as log:
            self._popen = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        program.pid_file.write_text(f"{self._popen.pid}\n")

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._popen.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, which ends its children in its own way."""
        if self.exit_code is None:
            self._popen.send_signal(number)

    def clear(self) -> None:
        """Kill what is left of the group and forget the process id."""
        kill_group(self._popen.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=SECONDS_TO_KILL)
        self.program.pid_file.unlink(missing_ok=True)


def stop(processes: Iterable[Process]) -> None:
    """End all ``processes`` side by side: TERM, after 5 s a second signal, after 3 more KILL."""
    running = list(processes)

    def all_ended() -> bool:
        return all(process.exit_code is not None for process in running)

    for process in running:
        process.signal(signal.SIGTERM)
    if not wait_until(all_ended, seconds=SECONDS_TO_SECOND_SIGNAL):
        for process in running:
            process.signal(process.program.second_signal)
        wait_until(all_ended, seconds=SECONDS_TO_KILL)
    for process in running:
        process.clear()


def wait_until(condition: Callable[[], bool], *, seconds: float) -> bool:
    """Whether ``condition`` came true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def group_members(group: int) -> dict[int, str]:
    """Return the processes of a group: id and command line. Zombies are left out."""
    if Path("/proc/self/stat").exists():
        return dict(_members_from_proc(group))
    return dict(_members_from_ps(group))


def _members_from_proc(group: int) -> Iterable[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # "pid (name) state parent group ...", where the name may hold anything.
            state, _parent, found = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(found) == group and state != "Z":
                raw = (entry / "cmdline").read_bytes()
                yield int(entry.name), raw.replace(b"\0", b" ").decode(errors="replace")
        except (OSError, ValueError):
            continue  # It ended while we looked.


def _members_from_ps(group: int) -> Iterable[tuple[int, str]]:
    listing = subprocess.run(
        ["ps", "-axo", "pid=,pgid=,command="], capture_output=True, text=True, check=True
    )
    for line in listing.stdout.splitlines():
        pid, found, command = line.split(maxsplit=2)
        if int(found) == group:
            yield int(pid), command


def is_ours(command: str) -> bool:
    """Whether a command line names a path inside this clone.

    A process id that was kept in a file may belong to a stranger by now.
    """
    return f"{ROOT}/" in command


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole group; one that has ended meanwhile is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def kill_group(group: int) -> None:
    """Kill what is left of a group of ours."""
    if any(is_ours(command) for command in group_members(group).values()):
        signal_group(group, signal.SIGKILL)


def end_leftovers() -> list[str]:
    """End programs of an earlier run that was killed, and return their names."""
    ended = []
    for pid_file in sorted(PID_DIR.glob("*.pid")):
        with contextlib.suppress(ValueError):
            group = int(pid_file.read_text())
            if any(is_ours(command) for command in group_members(group).values()):
                ended.append(pid_file.stem)
                signal_group(group, signal.SIGTERM)
                if not wait_until(
                    lambda group=group: not group_members(group),  # type: ignore[misc]
                    seconds=SECONDS_TO_KILL,
                ):
                    kill_group(group)
        pid_file.unlink(missing_ok=True)
    return ended


def rotate_log(path: Path) -> None:
    """Keep one older log beside a log that has grown large."""
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))


def last_lines(path: Path, count: int = 15) -> str:
    """Return the end of a log, indented for a terminal."""
    try:
        lines = path.read_text(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return ""
    return "".join(f"    {line}\n" for line in lines)


def python(*arguments: str) -> tuple[str, ...]:
    """Return a command for this clone's Python."""
    return (sys.executable, *arguments)
