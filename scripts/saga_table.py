"""The table of docs/saga.md, written from the code so that it cannot drift.

``python -m scripts.saga_table`` rewrites it; ``tests/architecture/test_docs.py`` compares.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parents[1] / "docs" / "saga.md"
BEGIN = "<!-- table: written by `python -m scripts.saga_table` -->"
END = "<!-- end of table -->"


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield status, outcome in the order's story, its name in code, and where it leads.

    Asks :func:`apps.orders.saga.target_of` about each pair of an open status and an outcome, so
    the rows that depend on the order itself are found as well.
    """
    from apps.orders.models import Order  # noqa: PLC0415 - Django must be set up first
    from apps.orders.saga import Outcome, target_of  # noqa: PLC0415

    ending = "(ending)"
    for status in Order.OPEN:
        for outcome in Outcome:
            order = Order(status=status, ending=ending)
            try:
                quiet = target_of(order, outcome)
            except KeyError:
                continue
            order.app_may_have_acted = True
            acted = target_of(order, outcome)
            if quiet != acted:
                target = f"{acted} if the app may have acted, else the order's ending"
            elif quiet == ending:
                target = "the order's ending"
            else:
                target = "stays, tried again" if quiet == status else quiet
            yield status.value, outcome.value, outcome.name, target


def table() -> str:
    """Return the table in Markdown."""
    lines = ["| From | What was found out | In code | To |", "|---|---|---|---|"]
    lines += [
        f"| {status} | {story} | `{name}` | {target} |" for status, story, name, target in rows()
    ]
    return "\n".join(lines)


def with_table(page: str) -> str:
    """Return ``page`` with the text between its two marks replaced by the table."""
    before, _begin, rest = page.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{PAGE} needs both marks: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def main() -> None:
    """Rewrite the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings.test")
    django.setup()
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
