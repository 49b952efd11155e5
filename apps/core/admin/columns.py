"""Columns of lists and read-only lines of forms: badges, amounts, links and moments.

Each factory returns a function that Django's admin takes in ``list_display`` and in
``readonly_fields`` alike. All of them return finished HTML, because Unfold colours labels in
lists only.
"""

import contextlib
import datetime as dt
import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, TypeVar

from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from apps.core.formatting import format_clock, format_day, format_money
from apps.core.modes import Mode
from apps.core.money import Money

Show = TypeVar("Show", bound=Callable[..., Any])
Column = Callable[[models.Model], str]
Text = str | Promise

#: What an empty cell says.
NOTHING = "—"
#: The badges of business that is not real; real business has a neutral one.
MODE_COLOURS = {Mode.TEST: "warn", Mode.SANDBOX: "accent"}


def column(
    description: Text, *, ordering: str | None = None, boolean: bool | None = None
) -> Callable[[Show], Show]:
    """Describe a method or function as a column: its title, and what a click on it sorts by."""

    def decorate(show: Show) -> Show:
        described: Show = display(description=description, ordering=ordering, boolean=boolean)(show)
        return described

    return decorate


def badge_html(text: object, colour: str = "") -> SafeString:
    """Return a badge; ``colour`` is ``ok``, ``info``, ``warn``, ``bad``, ``accent`` or neutral."""
    return format_html('<span class="staff-badge {}">{}</span>', colour, text)


def badge(field: str, colours: Mapping[Any, str], *, description: Text) -> Column:
    """Return a column that shows a choice as a badge, neutral where ``colours`` is silent."""

    def show(row: models.Model) -> str:
        value = getattr(row, field)
        if not value:
            return NOTHING
        return badge_html(getattr(row, f"get_{field}_display")(), colours.get(value, ""))

    show.__name__ = f"{field}_badge"
    return column(description, ordering=field)(show)


def amount_html(amount: int | None, currency: str) -> str:
    """Return minor units of ``currency`` as money, aligned as numbers are."""
    if amount is None:
        return NOTHING
    return format_html('<bdi class="staff-amount">{}</bdi>', format_money(Money(amount, currency)))


def money(field: str, *, description: Text, currency: str = "currency") -> Column:
    """Return a column that writes the minor units of ``field`` as money."""

    def show(row: models.Model) -> str:
        return amount_html(attrgetter(field)(row), attrgetter(currency)(row))

    show.__name__ = f"{field}_money"
    return column(description, ordering=field)(show)


def link_to(row: models.Model, text: object = None) -> str:
    """Return a link to the admin page of ``row``, or its text where it has none."""
    words = str(row) if text is None else str(text)
    meta = row._meta  # noqa: SLF001 - Django's documented name
    try:
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=(row.pk,))
    except NoReverseMatch:
        return words
    return format_html('<a class="staff-link" href="{}">{}</a>', url, words)


def related(path: str, *, description: Text, text: Callable[[Any], object] | None = None) -> Column:
    """Return a column that links to the row behind ``path``, a dotted attribute.

    ``text`` says what to call it where its own name says too much. Name the path in
    ``list_select_related``, or each line costs a query.
    """

    def show(row: models.Model) -> str:
        target: Any = row
        for name in path.split("."):
            target = getattr(target, name, None) if target is not None else None
        if target is None:
            return NOTHING
        return link_to(target, None if text is None else text(target))

    show.__name__ = f"{path.replace('.', '_')}_link"
    return column(description, ordering=path.replace(".", "__"))(show)


def own_link(field: str, *, description: Text) -> Column:
    """Return a column of an inline that links to the row's own page by one of its fields."""

    def show(row: models.Model) -> str:
        return link_to(row, attrgetter(field)(row))

    show.__name__ = f"{field.replace('.', '_')}_own_link"
    return column(description)(show)


def caused_by(field: str, *, description: Text) -> Column:
    """Return a column that leads from a cause such as ``order:1234`` to that order.

    Lower layers know an order by this text alone; its list finds it.
    """

    def show(row: models.Model) -> str:
        kind, _colon, number = str(getattr(row, field)).partition(":")
        if kind != "order":
            return str(getattr(row, field)) or NOTHING
        url = reverse("admin:orders_order_changelist", query={"q": number})
        return format_html('<a class="staff-link" href="{}">{}</a>', url, number)

    show.__name__ = f"{field}_cause"
    return column(description)(show)


def moment_html(moment: dt.datetime | None) -> str:
    """Return day and time with seconds, in the active time zone."""
    if moment is None:
        return NOTHING
    return format_html(
        '<time class="staff-moment" datetime="{}">{}, {}</time>',
        moment.isoformat(timespec="seconds"),
        format_day(moment),
        format_clock(moment, seconds=True),
    )


def timed(field: str, *, description: Text) -> Column:
    """Return a column that writes a moment with its seconds, as orders and deliveries need."""

    def show(row: models.Model) -> str:
        return moment_html(attrgetter(field)(row))

    show.__name__ = f"{field}_moment"
    return column(description, ordering=field)(show)


def code_html(text: str) -> SafeString:
    """Return a body as code; JSON is laid out for reading."""
    with contextlib.suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return format_html('<pre class="staff-code">{}</pre>', text)
