"""The demo app from the marketplace's side: its secrets, its instructions, and a running copy.

The history of the demo is made by really asking it. ``make run`` seeds before it starts the
demo app for good, so a copy is started here where none answers.
"""

import contextlib
import http
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.backoffice.demo.catalogue import demo_apps
from apps.catalog.models import App

PROGRAM = Path(settings.BASE_DIR) / "examples" / "demo_app" / "app.py"
SECONDS_TO_START = 15


class VendorAppError(Exception):
    """The demo app is needed and cannot be had; the text says why."""


def write_files(folder: Path) -> None:
    """Hand the apps' secrets and plan names to the demo app, as a vendor would be sent them."""
    apps = demo_apps()
    _write(folder / "secrets.json", {slug: app.secret for slug, app in apps.items()})
    _write(folder / "apps.json", {slug: _profile(app) for slug, app in apps.items()})


def instruct(url: str, **instruction: Any) -> None:
    """Tell the demo app how to answer next; see its README."""
    status = _call(url, "POST", "/control", json.dumps(instruction)).status
    if status != http.HTTPStatus.OK:
        raise VendorAppError(f"The demo app does not take instructions: it answered {status}.")


@contextlib.contextmanager
def answering(url: str, folder: Path) -> Iterator[None]:
    """Have the demo app answer at ``url`` for a while. Raises :class:`VendorAppError`."""
    if _answers(url):
        yield
        return
    port = urlsplit(url).port
    if urlsplit(url).hostname != "127.0.0.1" or port is None:
        raise VendorAppError(f"Nothing answers at {url}, and it is not an address of this machine.")
    process = subprocess.Popen(  # noqa: S603 (our own program, at our own port)
        [
            *(sys.executable, str(PROGRAM)),
            *("--port", str(port), "--state-dir", str(folder), "--until-input-ends"),
        ],
        # Its input ends when this process does, however that comes about.
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(url, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdin is not None:
            process.stdin.close()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > end:
            raise VendorAppError(f"The demo app could not be started at {url}.")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        answer = _call(url, "GET", "/health")
    except (OSError, http.client.HTTPException):
        return False
    return (answer.getheader("Server") or "").startswith("DemoApp")


def _call(url: str, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    with contextlib.closing(connection):
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        return answer


def _profile(app: App) -> dict[str, Any]:
    plans = app.plans.filter(profiles__language="en").values_list("uuid", "profiles__name")
    return {"name": app.name, "plans": {str(uuid): name for uuid, name in plans}}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    draft.replace(path)
