"""``var/run.env``: what a clone keeps between starts."""

import dataclasses
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import environ
import pytest
from cryptography.fernet import Fernet

from scripts import run_env
from scripts.run_env import PortTakenError, RunEnv

KEPT = RunEnv(
    web_port=20001,
    valkey_port=20002,
    demo_app_port=20003,
    valkey_password="p-a_ss",
    secret_key="secret",
    field_encryption_keys="key",
)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "var" / "run.env"
    run_env.save(KEPT, path)
    assert run_env.load(path) == KEPT


def test_the_file_is_readable_by_its_owner_alone_also_when_written_again(tmp_path: Path) -> None:
    path = tmp_path / "run.env"
    run_env.save(KEPT, path)
    path.chmod(0o644)
    run_env.save(KEPT, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_there_is_nothing_to_load_before_the_first_start(tmp_path: Path) -> None:
    assert run_env.load(tmp_path / "run.env") is None


@pytest.mark.parametrize("damage", ["PORT=", "PORT=80x", "SECRET_KEY"])
def test_a_file_that_is_not_whole_counts_as_none(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "run.env"
    run_env.save(KEPT, path)
    name = damage.partition("=")[0]
    lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{name}=")]
    path.write_text("\n".join([*lines, damage]))
    assert run_env.load(path) is None


def test_addresses_follow_from_the_ports() -> None:
    assert KEPT.variables() == {
        "PORT": "20001",
        "VALKEY_PORT": "20002",
        "DEMO_APP_PORT": "20003",
        "VALKEY_PASSWORD": "p-a_ss",
        "SECRET_KEY": "secret",
        "FIELD_ENCRYPTION_KEYS": "key",
        "PUBLIC_BASE_URL": "http://127.0.0.1:20001",
        "CELERY_BROKER_URL": "redis://:p-a_ss@127.0.0.1:20002/0",
        "DEMO_APP_URL": "http://127.0.0.1:20003",
        "OUTBOUND_ALLOWED_ORIGINS": "http://127.0.0.1:20003",
    }


def test_django_environ_reads_the_file_as_it_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.env"
    new = run_env.new_run_env()
    run_env.save(new, path)
    for name in new.variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SECRET_KEY", "of the shell")
    environ.Env.read_env(path, overwrite=False)
    read = {name: environ.Env().str(name) for name in new.variables()}
    for name in new.variables():
        monkeypatch.delenv(name)  # read_env wrote to os.environ behind monkeypatch
    assert read == {**new.variables(), "SECRET_KEY": "of the shell"}


def test_comments_and_blank_lines_mean_nothing() -> None:
    assert run_env.parse("# A=1\n\n  # B=2\nC = 3 \nD=a=b\nnothing\n") == {"C": "3", "D": "a=b"}


def test_new_keys_are_strong_and_never_the_same() -> None:
    first, second = run_env.new_run_env(), run_env.new_run_env()
    Fernet(first.field_encryption_keys)
    assert len(first.secret_key) >= 50
    assert first.secret_key != second.secret_key
    assert first.field_encryption_keys != second.field_encryption_keys
    assert len(set(first.ports)) == 3
    assert all(port in run_env.PORTS for port in first.ports)


def test_a_listening_port_is_not_free(taken_port: int) -> None:
    assert not run_env.is_free(taken_port)


def test_taken_ports_move_and_the_others_stay(taken_port: int) -> None:
    kept = dataclasses.replace(
        run_env.new_run_env(), valkey_port=taken_port, valkey_password="stays"
    )
    moved, sentences = run_env.move_taken_ports(kept)
    assert moved == dataclasses.replace(kept, valkey_port=moved.valkey_port)
    assert moved.valkey_port in run_env.PORTS
    assert len(set(moved.ports)) == 3
    assert sentences == [
        f"Port {taken_port} (valkey) is in use by another program: now {moved.valkey_port}."
    ]


def test_free_ports_stay() -> None:
    kept = run_env.new_run_env()
    assert run_env.move_taken_ports(kept) == (kept, [])


def test_a_port_that_was_named_is_not_replaced(taken_port: int) -> None:
    with pytest.raises(PortTakenError, match=f"PORT={taken_port} is in use by another program"):
        run_env.with_web_port(KEPT, taken_port)


def test_port_moves_the_web_port_and_the_base_url_alone() -> None:
    port = run_env.choose_port(taken=KEPT.ports)
    moved = run_env.with_web_port(KEPT, port)
    assert moved == dataclasses.replace(KEPT, web_port=port)
    assert moved.base_url == f"http://127.0.0.1:{port}"
