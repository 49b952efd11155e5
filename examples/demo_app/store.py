"""What the app remembers, in one JSON file that is replaced whole at each change."""

import contextlib
import copy
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

State = dict[str, Any]

# The app that is addressed without a name: /install instead of /bookwell/install.
DEFAULT_APP = "demo"

REQUESTS_KEPT = 500
WEBHOOK_IDS_KEPT = 5_000


class Store:
    """The state of all apps that this process serves. Safe to use from many threads.

    `requests` is a list, newest first; `installations` is {app: {site_name: {...}}}; `rules` is a
    list of dicts (see behavior.py); `done` maps an app to the webhook-ids whose work is done.
    """

    def __init__(self, folder: Path, *, default_secret: str | None = None) -> None:
        self._default_secrets = {DEFAULT_APP: default_secret} if default_secret else {}
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / "state.json"
        self._lock = threading.Lock()
        self._state: State = {
            "next_number": 1,
            "requests": [],
            "installations": {},
            "rules": [],
            "done": {},
        }
        if self._path.exists():
            self._state.update(json.loads(self._path.read_text(encoding="utf-8")))

    def read(self) -> State:
        """A copy of everything."""
        with self._lock:
            return copy.deepcopy(self._state)

    @contextlib.contextmanager
    def changing(self) -> Iterator[State]:
        """The state to change in place; written when the block ends without an error."""
        with self._lock:
            draft = copy.deepcopy(self._state)
            yield draft
            del draft["requests"][REQUESTS_KEPT:]
            for ids in draft["done"].values():
                del ids[:-WEBHOOK_IDS_KEPT]
            self._write(draft)
            self._state = draft

    def secrets(self) -> dict[str, str]:
        """The secret of each app, as base64: secrets.json beside the state, {app: base64}.

        Read at each request: the file changes while the app runs.
        """
        secrets = self._default_secrets | self._side_file("secrets.json")
        return {app: secret for app, secret in secrets.items() if isinstance(secret, str)}

    def profile_of(self, app: str) -> dict[str, Any]:
        """The app's name and plan names, from apps.json: {app: {"name", "plans": {uuid: name}}}.

        Only for showing: an app that is not in the file works as well.
        """
        profile = self._side_file("apps.json").get(app)
        return profile if isinstance(profile, dict) else {}

    def _side_file(self, name: str) -> dict[str, Any]:
        try:
            content = json.loads((self._folder / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, state: State) -> None:
        # The file holds tokens of the installations, so nobody else may read it.
        draft = self._path.with_suffix(".tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(state, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
