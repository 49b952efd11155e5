"""One ``make run`` per clone: a lock that the system lets go however its holder dies."""

import fcntl
import time
from types import TracebackType
from typing import IO

from scripts.processes import PID_DIR

LOCK_FILE = PID_DIR / "lock"
SECONDS_OF_CLEAN_UP = 15.0


class AlreadyRunningError(Exception):
    """Another process of this clone holds the lock."""


class RunLock:
    """Held while a clone runs, by ``holder``: "run" or "clean-up"."""

    def __init__(self, holder: str) -> None:
        """Say who is going to hold it."""
        self.holder = holder
        self._file: IO[str] | None = None

    def __enter__(self) -> "RunLock":
        """Take the lock. Raises :exc:`AlreadyRunningError` if a run holds it.

        A clean-up is waited for: it ends within seconds.
        """
        LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
        file = LOCK_FILE.open("a+")
        deadline = time.monotonic() + SECONDS_OF_CLEAN_UP
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                file.seek(0)
                if file.read() != "clean-up" or time.monotonic() > deadline:
                    file.close()
                    raise AlreadyRunningError from None
                time.sleep(0.1)
        file.truncate(0)
        file.write(self.holder)
        file.flush()
        self._file = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go."""
        if self._file is not None:
            self._file.close()
