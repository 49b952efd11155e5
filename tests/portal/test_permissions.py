"""Every page, tried by everybody: owner, colleague, client, another agency, staff, nobody."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.orders.models import Order
from apps.portal.urls import urlpatterns
from tests.portal.conftest import World

#: Who may see a page about a site, and what they get. A client of the site is told whom to ask.
OWN_SITE = {"owner": 200, "colleague": 200, "client": 200, "stranger": 404, "staff": 200}
MONEY = {"owner": 200, "colleague": 200, "client": 403, "stranger": 404, "staff": 200}
# What only those who pay see: marketplace staff change and pay for nothing of an agency's.
PAYERS = MONEY | {"staff": 403}
MONEY_POST = {"owner": 302, "colleague": 302, "client": 403, "stranger": 404, "staff": 302}
EVERYONE = {"owner": 200, "colleague": 200, "client": 200, "stranger": 200, "staff": 200}
NOT_CLIENTS = EVERYONE | {"client": 302}

GET = {
    "home": dict.fromkeys(EVERYONE, 302),
    "apps": NOT_CLIENTS,
    "app": NOT_CLIENTS,
    "sites": EVERYONE,
    "site": OWN_SITE,
    "site_app": OWN_SITE,
    # The app of this test has nothing to open: its page says so.
    "launch": {"owner": 302, "colleague": 302, "client": 302, "stranger": 404, "staff": 302},
    "sdk": EVERYONE,
    "plans": MONEY | {"staff": 302},
    "install": dict.fromkeys(EVERYONE, 302),
    "quote": PAYERS,
    "new_card": PAYERS,
    "orders": NOT_CLIENTS,
    # The order of this test is done, so its parts exist for all who may see it.
    "order": MONEY,
    "progress": MONEY,
    "cancel": dict.fromkeys(EVERYONE, 302),
    "receipt": MONEY,
    "bank": dict.fromkeys(EVERYONE, 404),
    "choose_organization": dict.fromkeys(EVERYONE, 302),
    "preferences": EVERYONE,
}

#: Addresses that take a POST alone, and the page that has their button.
BUTTONS = {"install": "plans", "cancel": "order"}


@pytest.fixture
def arguments(world: World) -> dict[str, dict[str, object]]:
    """What each address is made of: a site with an app, a new quote, an order that is done."""
    world.subscribe(plan=world.starter)
    order = world.run(world.order(world.growth))
    assert order.status == Order.Status.COMPLETED
    site = {"site_name": world.site.site_name}
    site_app = site | {"app_uuid": world.app.uuid}
    one_order = {"public_id": order.public_id}
    quote = {"public_id": world.quote(world.hidden, named=True).public_id}
    return {
        "app": {"app_uuid": world.app.uuid},
        "site": site,
        "site_app": site_app,
        "launch": site_app,
        "plans": site_app,
        "install": site_app,
        "quote": quote,
        "new_card": quote,
        "order": one_order,
        "progress": one_order,
        "cancel": one_order,
        "receipt": one_order,
        "bank": {"reference": "sbx_unknown"},
    }


def test_the_table_names_every_page() -> None:
    assert set(GET) == {pattern.name for pattern in urlpatterns}


@pytest.mark.parametrize("view", GET)
def test_everybody_gets_what_is_theirs(
    view: str, world: World, arguments: dict[str, dict[str, object]]
) -> None:
    url = reverse(f"portal:{view}", kwargs=arguments.get(view, {}))
    answers = {who: world.browser(getattr(world, who)).get(url).status_code for who in GET[view]}
    assert answers == GET[view]


@pytest.mark.parametrize("view", sorted(set(GET) - {"choose_organization", "sdk"}))
def test_nobody_sees_anything_without_signing_in(
    view: str, world: World, arguments: dict[str, dict[str, object]]
) -> None:
    url = reverse(f"portal:{view}", kwargs=arguments.get(view, {}))
    response = world.browser(None).get(url)
    assert response.status_code == 302
    if view in BUTTONS:
        # Nothing is looked up here: the page that it leads to asks for the sign-in.
        assert response["Location"] == reverse(f"portal:{BUTTONS[view]}", kwargs=arguments[view])
        response = world.browser(None).get(response["Location"])
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("view", ["install", "cancel", "choose_organization"])
def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(
    view: str, world: World, arguments: dict[str, dict[str, object]]
) -> None:
    ids = arguments.get(view, {})
    sign_in = world.browser(None).post(reverse(f"portal:{view}", kwargs=ids))["Location"]
    (next_url,) = parse_qs(urlsplit(sign_in).query)["next"]
    returned = world.browser(world.owner).get(next_url)
    assert returned.status_code == 302
    assert returned["Location"] == reverse(f"portal:{BUTTONS.get(view, 'home')}", kwargs=ids)
    # It came by GET, so nothing was done.
    assert Order.objects.get().withdrawn_at is None


@pytest.mark.parametrize(
    ("view", "data"),
    [
        ("plans", lambda world: {"plan": world.hidden.uuid}),
        ("cancel", lambda world: {}),
    ],
)
def test_changes_are_refused_to_those_who_may_not_see_the_page(
    view: str,
    data: Callable[[World], dict[str, object]],
    world: World,
    arguments: dict[str, dict[str, object]],
) -> None:
    url = reverse(f"portal:{view}", kwargs=arguments[view])
    answers = {
        who: world.browser(getattr(world, who)).post(url, data(world)).status_code
        for who in MONEY_POST
    }
    assert answers == MONEY_POST


def test_a_client_of_another_site_is_a_stranger_here(
    world: World, arguments: dict[str, dict[str, object]]
) -> None:
    from tests.factories import MembershipFactory, SiteFactory

    other = SiteFactory(organization=world.agency)
    user: User = MembershipFactory(organization=world.agency, client=True, sites=[other]).user
    browser = world.browser(user)
    for view in ("site", "site_app", "plans", "quote", "order"):
        url = reverse(f"portal:{view}", kwargs=arguments[view])
        assert browser.get(url).status_code == 404, view


@pytest.mark.parametrize("view", ["quote", "order", "receipt"])
def test_an_id_that_does_not_exist_is_not_told_from_one_that_is_not_yours(
    view: str, world: World
) -> None:
    url = reverse(f"portal:{view}", kwargs={"public_id": uuid4()})
    assert world.browser(world.owner).get(url).status_code == 404


def test_pages_are_not_kept_by_shared_caches(
    world: World, arguments: dict[str, dict[str, object]]
) -> None:
    url = reverse("portal:order", kwargs=arguments["order"])
    response = world.browser(world.owner).get(url)
    assert {"private", "no-cache"} <= set(response["Cache-Control"].split(", "))


def test_forms_need_the_token_of_their_page(world: World) -> None:
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.owner, "allauth.account.auth_backends.AuthenticationBackend")
    quote = world.quote(world.growth)
    url = reverse("portal:quote", kwargs={"public_id": quote.public_id})
    response = browser.post(url, {"card": world.card.public_id})
    assert response.status_code == 403
    assert not Order.objects.exists()
