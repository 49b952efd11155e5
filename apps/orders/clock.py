"""The clock of a run of steps: called anew after each wait, because an ask may take a minute."""

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
