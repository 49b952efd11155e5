"""``make screenshots``: all page states, to build/screenshots/NAME-{light,dark,mobile}.png.

The pictures are taken inside a pytest run of ``pictures.py``, which no other run collects, so
that they show the same real processes that the browser tests use.
"""

import sys
from pathlib import Path

import pytest

from tests.chromium import NAMES, find_chromium


def main() -> int:
    """Take them, and return 0 if no page had a fault."""
    if not find_chromium():
        sys.exit(f"No Chromium was found (CHROMIUM, or {', '.join(NAMES)} on PATH).")
    pictures = Path(__file__).with_name("pictures.py")
    return pytest.main([str(pictures), "-q", "--no-header", "--tb=short", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
