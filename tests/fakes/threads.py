"""Doing things at once, each on a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all ``acts`` together and return what each returned, or the exception it raised."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            results[number] = act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread hangs: two transactions wait for each other"
    return results


def in_background(act: Callable[[], Any]) -> Callable[[], Any]:
    """Start ``act`` beside the test; the returned function waits for it and gives its result."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            result.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()

    def wait() -> Any:
        thread.join(timeout=60)
        assert not thread.is_alive(), "the background thread hangs"
        return result[0]

    return wait
