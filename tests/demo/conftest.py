import contextlib
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


class _NotFollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NotFollowed)


@dataclass
class Reply:
    """What came back: status 0 where nothing did in time."""

    status: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class DemoApp:
    """A running copy of the demo app."""

    url: str
    process: subprocess.Popen[str]

    def call(
        self,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
    ) -> Reply:
        """GET, or POST if there is a body."""
        request = urllib.request.Request(self.url + path, body, headers or {})
        try:
            with _OPENER.open(request, timeout=timeout) as response:
                return Reply(response.status, response.read().decode(), dict(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, error.read().decode(), dict(error.headers))
        except TimeoutError:
            return Reply(0)

    def control(self, **instruction: Any) -> Reply:
        """Tell it how to answer."""
        return self.call("/control", json.dumps(instruction).encode())

    def state(self) -> dict[str, Any]:
        """What it remembers."""
        state: dict[str, Any] = json.loads(self.call("/state.json").text)
        return state

    def stop(self) -> int:
        """End it as `make run` does, and return its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=10)


StartDemoApp = Callable[..., DemoApp]


@pytest.fixture
def start_demo_app(tmp_path: Path) -> Iterator[StartDemoApp]:
    """Start copies of the demo app; all that still run end with the test."""
    with contextlib.ExitStack() as stack:

        def start(
            *arguments: str, state_dir: Path = tmp_path / "state", stdin: int | None = None
        ) -> DemoApp:
            process = stack.enter_context(
                subprocess.Popen(
                    [
                        *(sys.executable, ROOT / "examples" / "demo_app" / "app.py"),
                        *("--port", "0", "--state-dir", str(state_dir), *arguments),
                    ],
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout is not None
            return DemoApp(process.stdout.readline().split()[-1].rstrip("/"), process)

        yield start
