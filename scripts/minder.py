"""Ends the clone's programs when the supervisor was killed and could not do it itself.

Started by ``scripts.run`` with the reading end of a pipe as its standard input. The supervisor
holds the other end, which the system closes however it dies.
"""

import signal
import sys

from scripts.lock import AlreadyRunningError, RunLock
from scripts.processes import end_leftovers


def main() -> None:
    """Wait for the supervisor's end, then end what it left."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    try:
        with RunLock("clean-up"):
            end_leftovers()
    except AlreadyRunningError:
        pass  # A new `make run` has begun and has ended them.


if __name__ == "__main__":
    main()
