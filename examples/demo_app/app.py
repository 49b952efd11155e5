"""A small app as a vendor would write it, with nothing but Python's standard library.

    python app.py --port 9000 --state-dir /tmp/demo_app [--secret BASE64]

It takes a marketplace's callbacks and events, checks their signatures, and shows what it got on
its first page, where it can also be told to refuse, to be slow, to fail or to hang. README.md
has the addresses.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from server import DemoServer
from store import Store


def main() -> None:
    """Serve until a signal says stop."""
    parser = argparse.ArgumentParser(description="A small app for trying a marketplace.")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--state-dir", type=Path, required=True, help="made if it is not there")
    parser.add_argument(
        "--secret",
        default=os.environ.get("DEMO_APP_SECRET"),
        help="of the app without a name of its own, as base64 (or DEMO_APP_SECRET); "
        "those of named apps are in secrets.json in the state folder",
    )
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="stop when standard input is closed, as it is when the process that started this dies",
    )
    options = parser.parse_args()
    server = DemoServer(options.port, Store(options.state_dir, default_secret=options.secret))

    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for the loop that this handler interrupts.
        threading.Thread(target=server.close).start()

    def stop_after_input() -> None:
        # Not through sys.stdin: its lock, held by this thread, would break the exit on a signal.
        while os.read(sys.stdin.fileno(), 1024):
            pass
        server.close()

    if options.until_input_ends:
        threading.Thread(target=stop_after_input, daemon=True).start()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"The demo app is at http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
