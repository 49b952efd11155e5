"""Celery workers that kill themselves at a named point of the saga. ``python -m tests.fakes.crash``

A process reads from its standard input, a JSON object a line, which workers to start, and prints
their process ids. It has loaded everything once and forks, because loading takes seconds; what
it forks is the worker that ``celery worker`` runs. All of them end when the input ends.
"""

import datetime as dt
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

POINTS_OF_A_SALE = (
    "order taken",
    "money held, not recorded",
    "hold recorded",
    "ask written down, not sent",
    "yes read, not recorded",
    "yes recorded",
    "charged, not recorded",
    "charge recorded",
    "inside fulfilment",
    "fulfilled, not committed",
    "completed, nobody told",
)
POINTS_OF_AN_UNDO = (
    "giving up recorded",
    "released, not recorded",
    "release recorded",
    "undo written down, not sent",
    "undo answered, not recorded",
)

SHORT_LEASE = dt.timedelta(seconds=-0.6)
"""Added to an ask timeout of 1 s: whoever dies holds an order for no longer than a test waits."""


def arm(point: str) -> None:
    """Let this process die by SIGKILL when it comes to ``point``."""
    from apps.orders import engine, fulfilment, leases, tasks
    from apps.orders.steps import asking, undoing
    from apps.payments.gateways.sandbox import SandboxGateway

    leases.MARGIN = SHORT_LEASE
    status_at = {
        "hold recorded": "AUTHORIZED",
        "yes recorded": "ACCEPTED",
        "charge recorded": "CAPTURED",
        "giving up recorded": "RELEASING",
        "release recorded": "UNDOING",
    }
    before: dict[str, tuple[Any, str]] = {
        "ask written down, not sent": (asking, "send"),
        "undo written down, not sent": (undoing, "send"),
        "inside fulfilment": (fulfilment, "record_happenings"),
    }
    after: dict[str, tuple[Any, str]] = {
        "order taken": (engine, "claim"),
        "money held, not recorded": (SandboxGateway, "authorize"),
        "yes read, not recorded": (asking, "send"),
        "charged, not recorded": (SandboxGateway, "capture"),
        "fulfilled, not committed": (fulfilment, "forget_secrets"),
        "completed, nobody told": (tasks, "advance"),
        "released, not recorded": (SandboxGateway, "void"),
        "undo answered, not recorded": (undoing, "send"),
    }
    if point in status_at:
        engine.STEPS[status_at[point]] = _die
    elif point in before:
        setattr(*before[point], _die)
    else:
        setattr(*after[point], _then_die(getattr(*after[point])))


def _die(*_args: Any, **_facts: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(act: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*args: Any, **facts: Any) -> Any:
        result = act(*args, **facts)
        if not result and act.__name__ in ("claim", "advance"):
            return result  # the order was not free: nothing has happened yet
        return _die()

    return dying


def serve() -> None:
    """Start the workers that standard input asks for, until it ends."""
    import django

    django.setup()
    from django.conf import settings

    from marketplace.celery import app

    app.loader.import_default_modules()
    settings.DIALECTS = {**settings.DIALECTS, "adding": "tests.fakes.dialects.AddingDialect"}
    # Nobody waits for the workers here: the kernel forgets them when they are dead.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    started = []
    for line in sys.stdin:
        wanted = json.loads(line)
        worker = os.fork()
        if worker == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(2, 1)  # standard output is for process ids
            settings.OUTBOUND_ALLOWED_ORIGINS = wanted["origins"]
            if wanted["crash_at"]:
                arm(wanted["crash_at"])
            app.worker_main(
                [
                    # One thread: a short lease must not tempt a second one before the death.
                    *("worker", "--pool", "threads", "--concurrency", "1"),
                    *("--queues", "asks,default", "--loglevel", "warning"),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                ]
            )
            os._exit(0)
        started.append(worker)
        sys.stdout.write(f"{worker}\n")
        sys.stdout.flush()
    for worker in started:
        try:
            os.kill(worker, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    serve()
