"""Choosing a plan, and installing an app that needs no choice."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import SiteRights
from apps.catalog.models import App, Plan
from apps.core.clock import current_time
from apps.core.errors import DomainError
from apps.orders.offers import PlanSelection, plan_selection
from apps.orders.quotes import require_open_for
from apps.orders.services import make_quote, place_order
from apps.portal.app_pages import app_for_site
from apps.portal.app_words import app_words, plan_words
from apps.portal.guards import ask_site_admin, open_site
from apps.portal.plan_cards import named_problems, plan_cards
from apps.portal.reader import PortalRequest, portal_page

_MOST_NAMED = 20
"""More plans than this in one link are a mistake or an attack; the rest is ignored."""


@require_http_methods(["GET", "POST"])
@portal_page
def plans(request: PortalRequest, site_name: str, app_uuid: uuid.UUID) -> HttpResponse:
    """Show the plans that a site may choose from; a choice makes a quote.

    ``?plan=`` (repeated), or ``?planId=`` and ``?plansList=`` as links of apps spell them, name
    the plans to offer. That is the only way to a hidden one.
    """
    rights = open_site(request, site_name)
    if rights.is_client:
        return ask_site_admin(request, rights.site)
    app = _app_or_404(request, rights, app_uuid)
    named = _named(request)
    try:
        require_open_for(request.user, app, rights.site)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("portal:site_app", site_name=site_name, app_uuid=app_uuid)
    if request.method == "POST":
        return _quote_chosen_plan(request, rights, app, named)
    selection = plan_selection(
        now=current_time(),
        app=app,
        site=rights.site,
        recurrency=request.GET.get("recurrency", ""),
        named=named,
    )
    if selection.open_order is not None:
        return redirect("portal:order", public_id=selection.open_order.public_id)
    return _show(request, selection, named)


@require_POST
@portal_page
def install(request: PortalRequest, site_name: str, app_uuid: uuid.UUID) -> HttpResponse:
    """Install an app that has a default plan: the page before this one was the confirmation."""
    rights = open_site(request, site_name)
    if rights.is_client:
        return ask_site_admin(request, rights.site)
    app = _app_or_404(request, rights, app_uuid)
    now = current_time()
    selection = plan_selection(now=now, app=app, site=rights.site)
    if selection.default_plan is None:
        # Installed meanwhile, by a second press or a colleague: the plans page knows where to.
        return redirect("portal:plans", site_name=site_name, app_uuid=app_uuid)
    try:
        quote = make_quote(
            actor=request.user, now=now, app=app, site=rights.site, plan=selection.default_plan
        )
        order = place_order(actor=request.user, now=now, quote=quote)
    except DomainError as error:
        # With an order under way (a second press), the plans page leads to that order.
        messages.error(request, str(error))
        return redirect("portal:plans", site_name=site_name, app_uuid=app_uuid)
    return redirect("portal:order", public_id=order.public_id)


def _show(request: PortalRequest, selection: PlanSelection, named: list[str]) -> HttpResponse:
    language = request.reader.language
    context = {
        "site": selection.site,
        "app": app_words(selection.app, language),
        "selection": selection,
        "nav": "sites",
    }
    if selection.default_plan is not None:
        context["plan"] = plan_words(selection.default_plan, language)
        return render(request, "portal/install.html", context)
    context |= {
        "cards": plan_cards(selection, language),
        "problems": named_problems(selection, language),
        "named": named,
    }
    if not selection.offers:
        return render(request, "portal/no_plans.html", context)
    return render(request, "portal/plans.html", context)


def _quote_chosen_plan(
    request: PortalRequest, rights: SiteRights, app: App, named: list[str]
) -> HttpResponse:
    wanted = request.POST.get("plan", "")
    try:
        plan = Plan.objects.select_related("sku", "app").get(app=app, uuid=uuid.UUID(wanted))
    except (ValueError, Plan.DoesNotExist) as error:
        raise Http404 from error
    try:
        quote = make_quote(
            actor=request.user,
            now=current_time(),
            app=app,
            site=rights.site,
            plan=plan,
            recurrency=request.POST.get("recurrency", ""),
            named=wanted.lower() in {text.lower() for text in named},
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    return redirect("portal:quote", public_id=quote.public_id)


def _app_or_404(request: PortalRequest, rights: SiteRights, app_uuid: uuid.UUID) -> App:
    app = app_for_site(rights, request.user, app_uuid)
    if app is None:
        raise Http404
    return app


def _named(request: PortalRequest) -> list[str]:
    texts = [*request.GET.getlist("plan"), *request.GET.getlist("planId")]
    for several in request.GET.getlist("plansList"):
        texts += several.split(",")
    return [text.strip()[:64] for text in texts if text.strip()][:_MOST_NAMED]
