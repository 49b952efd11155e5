"""``var/run.env``: ports, addresses and keys of this clone, chosen once and kept.

``make run`` and ``manage.py`` typed beside it read the same file and so meet the same system; a
second clone has its own. ``python -m scripts.run_env`` writes it if it is not there.
"""

import base64
import os
import random
import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
RUN_ENV = ROOT / "var" / "run.env"

#: Below the range from which systems take ports for outgoing connections (32768 and up on
#: Linux): a port that is kept over restarts must not be taken by a passing download.
PORTS = range(20000, 32000)

HEADER = """\
# This clone's ports, addresses and keys, written once by `make run`. Settings read this file;
# variables of the environment win over it. Delete it to choose anew: what is encrypted in
# var/db.sqlite3 cannot be read any more then, so delete that too.
"""


class PortTakenError(Exception):
    """A port that was asked for by name is in use by another program."""


@dataclass(frozen=True)
class RunEnv:
    """What a clone keeps. Ports are on the loopback interface."""

    web_port: int
    valkey_port: int
    demo_app_port: int
    valkey_password: str
    secret_key: str
    field_encryption_keys: str

    @property
    def ports(self) -> tuple[int, int, int]:
        """All ports of the clone."""
        return self.web_port, self.valkey_port, self.demo_app_port

    @property
    def base_url(self) -> str:
        """Where the marketplace answers."""
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def demo_app_url(self) -> str:
        """Where the demo app answers."""
        return f"http://127.0.0.1:{self.demo_app_port}"

    @property
    def broker_url(self) -> str:
        """The embedded Valkey, database 0."""
        return f"redis://:{quote(self.valkey_password, safe='')}@127.0.0.1:{self.valkey_port}/0"

    def variables(self) -> dict[str, str]:
        """Return what the file says: what is kept, and the addresses that follow from it."""
        return {
            "PORT": str(self.web_port),
            "VALKEY_PORT": str(self.valkey_port),
            "DEMO_APP_PORT": str(self.demo_app_port),
            "VALKEY_PASSWORD": self.valkey_password,
            "SECRET_KEY": self.secret_key,
            "FIELD_ENCRYPTION_KEYS": self.field_encryption_keys,
            "PUBLIC_BASE_URL": self.base_url,
            "CELERY_BROKER_URL": self.broker_url,
            "DEMO_APP_URL": self.demo_app_url,
            "OUTBOUND_ALLOWED_ORIGINS": self.demo_app_url,
        }


def parse(text: str) -> dict[str, str]:
    """Read ``NAME=value`` lines; blank lines and lines that begin with ``#`` mean nothing."""
    variables = {}
    for line in text.splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.lstrip().startswith("#"):
            variables[name.strip()] = value.strip()
    return variables


def render(variables: Mapping[str, str]) -> str:
    """Return the file's text; :func:`parse` gives back what was put in."""
    return HEADER + "".join(f"{name}={value}\n" for name, value in variables.items())


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback interface now."""
    with socket.socket() as probe:
        # As servers do: else a port counts as taken for a minute after its last connection.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_port(*, taken: Iterable[int] = ()) -> int:
    """Return a free port that is not in ``taken``, at random so that clones rarely meet."""
    excluded = set(taken)
    for port in random.sample(PORTS, len(PORTS)):
        if port not in excluded and is_free(port):
            return port
    raise PortTakenError(f"No port from {PORTS.start} to {PORTS.stop - 1} is free.")


def new_run_env() -> RunEnv:
    """Choose ports and make keys for a clone that has none."""
    web = choose_port()
    valkey = choose_port(taken=[web])
    return RunEnv(
        web_port=web,
        valkey_port=valkey,
        demo_app_port=choose_port(taken=[web, valkey]),
        valkey_password=secrets.token_urlsafe(24),
        secret_key=secrets.token_urlsafe(50),
        field_encryption_keys=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    )


def load(path: Path = RUN_ENV) -> RunEnv | None:
    """Return what ``path`` keeps, or None where there is no file or it is not whole."""
    try:
        variables = parse(path.read_text())
        return RunEnv(
            web_port=int(variables["PORT"]),
            valkey_port=int(variables["VALKEY_PORT"]),
            demo_app_port=int(variables["DEMO_APP_PORT"]),
            valkey_password=variables["VALKEY_PASSWORD"],
            secret_key=variables["SECRET_KEY"],
            field_encryption_keys=variables["FIELD_ENCRYPTION_KEYS"],
        )
    except (FileNotFoundError, KeyError, ValueError):
        return None


def save(run_env: RunEnv, path: Path = RUN_ENV) -> None:
    """Write the file whole or not at all, readable by its owner alone: it holds keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(render(run_env.variables()))
    draft.replace(path)


def move_taken_ports(run_env: RunEnv) -> tuple[RunEnv, list[str]]:
    """Return ``run_env`` with other ports for those in use, and a sentence for each move."""
    moved = run_env
    sentences = []
    for field in fields(run_env):
        if not field.name.endswith("_port"):
            continue
        port = getattr(run_env, field.name)
        if not is_free(port):
            new = choose_port(taken=[*run_env.ports, *moved.ports])
            moved = replace(moved, **{field.name: new})  # type: ignore[arg-type]
            what = field.name.removesuffix("_port").replace("_", " ")
            sentences.append(f"Port {port} ({what}) is in use by another program: now {new}.")
    return moved, sentences


def with_web_port(run_env: RunEnv, port: int) -> RunEnv:
    """Return ``run_env`` with the web port that ``PORT`` asked for.

    Raises :exc:`PortTakenError` where another program listens there: a port that was named is
    not replaced by another.
    """
    if not is_free(port):
        raise PortTakenError(f"PORT={port} is in use by another program. Name another one.")
    return replace(run_env, web_port=port)


def main() -> None:
    """Write ``var/run.env`` unless it is there and whole."""
    if load() is None:
        save(new_run_env())


if __name__ == "__main__":
    main()
