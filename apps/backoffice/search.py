"""The command palette: what staff have in hand, by name, number or address."""

from collections.abc import Iterator

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan
from apps.orders.models import Order

_MODELS = (Order, Organization, Site, User, App, Plan)
#: Enough to find the one that is meant; the list's own search finds the rest.
_PER_MODEL = 5


def find(request: HttpRequest, term: str) -> list[SearchResult]:
    """Return the first rows of each kind that match ``term`` and that the person may see."""
    return list(_found(request, term))


def _found(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    for model in _MODELS:
        page = admin.site.get_model_admin(model)
        if not page.has_view_permission(request):
            continue
        rows, may_repeat = page.get_search_results(request, page.get_queryset(request), term)
        rows = rows.distinct() if may_repeat else rows
        name = str(model._meta.verbose_name)  # noqa: SLF001 - Django's documented name
        for row in rows.order_by("-pk")[:_PER_MODEL]:
            yield SearchResult(
                title=str(row),
                description=name[:1].upper() + name[1:],
                link=reverse(
                    f"admin:{page.opts.app_label}_{page.opts.model_name}_change", args=(row.pk,)
                ),
                icon="arrow_forward",
            )
