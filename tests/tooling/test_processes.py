"""Starting, stopping and finding again the programs of a clone, with real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import lock, processes
from scripts.lock import AlreadyRunningError, RunLock
from scripts.processes import Process, Program, end_leftovers, stop, wait_until

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
#: Ignores TERM and starts a child that does so too, as a worker with a hanging ask.
STUBBORN = f"""
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
{SLEEP}
"""


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "PID_DIR", tmp_path)
    monkeypatch.setattr(processes, "LOG_DIR", tmp_path)
    monkeypatch.setattr(processes, "SECONDS_TO_SECOND_SIGNAL", 0.3)
    monkeypatch.setattr(processes, "SECONDS_TO_KILL", 0.3)
    monkeypatch.setattr(lock, "LOCK_FILE", tmp_path / "lock")


@pytest.fixture
def start() -> Iterator[object]:
    """Return a function that starts Python code as a program; what is left is killed."""
    started: list[Process] = []

    def start_code(name: str, code: str, **more: object) -> Process:
        program = Program(name, (sys.executable, "-c", code), dict(os.environ), **more)
        process = Process(program)
        started.append(process)
        assert wait_until(lambda: "up" in program.log.read_text(), seconds=10)
        return process

    yield start_code
    for process in started:
        process.clear()


def group_of(process: Process) -> int:
    return int(process.program.pid_file.read_text())


def test_a_program_that_listens_to_term_is_stopped_by_it(start) -> None:
    process = start("web", SLEEP)
    group = group_of(process)
    stop([process])
    assert process.exit_code == -signal.SIGTERM
    assert processes.group_members(group) == {}
    assert not process.program.pid_file.exists()


def test_a_second_signal_comes_when_term_does_not_help(start, monkeypatch) -> None:
    # Only waited for as long as the second signal needs, which on a busy machine is a while.
    monkeypatch.setattr(processes, "SECONDS_TO_KILL", 20.0)
    process = start("asks", STUBBORN, second_signal=signal.SIGQUIT)
    group = group_of(process)
    assert wait_until(lambda: len(processes.group_members(group)) == 2, seconds=10)
    stop([process])
    assert process.exit_code == -signal.SIGQUIT
    assert wait_until(lambda: processes.group_members(group) == {}, seconds=5)


def test_what_ignores_both_signals_is_killed_with_its_children(start) -> None:
    process = start("asks", STUBBORN)
    group = group_of(process)
    assert wait_until(lambda: len(processes.group_members(group)) == 2, seconds=10)
    stop([process])
    assert process.exit_code == -signal.SIGKILL
    assert wait_until(lambda: processes.group_members(group) == {}, seconds=5)


def test_output_goes_to_the_log_of_the_program(start) -> None:
    process = start("beat", SLEEP)
    assert process.program.log.read_text() == "up\n"


def test_what_a_killed_run_left_is_found_by_its_pid_file_and_ended(start) -> None:
    process = start("worker", SLEEP)
    group = group_of(process)
    assert end_leftovers() == ["worker"]
    assert process.exit_code == -signal.SIGTERM
    assert processes.group_members(group) == {}
    assert not process.program.pid_file.exists()


def test_children_are_ended_though_their_leader_is_gone(start) -> None:
    process = start("web", STUBBORN)
    group = group_of(process)
    assert wait_until(lambda: len(processes.group_members(group)) == 2, seconds=10)
    os.kill(group, signal.SIGKILL)
    assert wait_until(lambda: process.exit_code is not None, seconds=5)
    assert len(processes.group_members(group)) == 1
    assert end_leftovers() == ["web"]
    assert wait_until(lambda: processes.group_members(group) == {}, seconds=5)


def test_a_stranger_that_has_a_kept_process_id_by_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as stranger:
        (tmp_path / "web.pid").write_text(f"{stranger.pid}\n")
        assert end_leftovers() == []
        assert stranger.poll() is None
        assert not (tmp_path / "web.pid").exists()
        stranger.kill()


def test_a_pid_file_that_holds_no_number_is_removed(tmp_path: Path) -> None:
    (tmp_path / "web.pid").write_text("")
    assert end_leftovers() == []
    assert list(tmp_path.iterdir()) == []


def test_a_large_log_is_kept_once_as_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MAX_LOG_BYTES", 10)
    log = tmp_path / "web.log"
    log.write_text("0123456789")
    processes.rotate_log(log)
    assert log.exists()
    log.write_text("0123456789x")
    processes.rotate_log(log)
    assert not log.exists()
    assert (tmp_path / "web.log.1").read_text() == "0123456789x"


def test_the_end_of_a_log_is_shown_indented(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {n}\n" for n in range(30)))
    assert processes.last_lines(log, 2) == "    line 28\n    line 29\n"
    assert processes.last_lines(tmp_path / "missing.log") == ""


def test_a_clone_runs_once() -> None:
    with RunLock("run"), pytest.raises(AlreadyRunningError):
        RunLock("run").__enter__()
    with RunLock("run"):
        pass  # free again


def test_a_start_waits_for_a_clean_up_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "SECONDS_OF_CLEAN_UP", 0.3)
    with RunLock("clean-up"), pytest.raises(AlreadyRunningError):
        RunLock("run").__enter__()
