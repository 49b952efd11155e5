"""The lists of apps, sites and orders: what is on them, and what they cost the database."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.orders.models import Order
from tests.factories import (
    AppFactory,
    AppProfileFactory,
    PlanFactory,
    SiteFactory,
    SubscriptionFactory,
)
from tests.portal.conftest import World, text_of


def one_more(world: World) -> None:
    """Add an app with a text and a plan to the store and the site, a site, and an order."""
    app = AppFactory(program=world.app.program)
    AppProfileFactory(app=app)
    plan = PlanFactory(app=app, monthly=1200)
    SubscriptionFactory(plan=plan, site=world.site)
    site = SiteFactory(organization=world.agency)
    world.app.refresh_from_db()
    world.site = site
    world.run(world.order(world.growth))


@pytest.mark.parametrize(
    ("view", "reader"),
    [
        ("portal:apps", lambda world: world.owner),
        ("portal:sites", lambda world: world.owner),
        ("portal:sites", lambda world: world.client),
        ("portal:orders", lambda world: world.owner),
        ("portal:orders", lambda world: world.staff),
        ("portal:site", lambda world: world.owner),
        ("portal:site", lambda world: world.client),
    ],
)
def test_a_longer_list_needs_no_more_queries(
    view: str, reader: Callable[[World], object], world: World
) -> None:
    site = world.site
    arguments = {"site_name": site.site_name} if view == "portal:site" else {}
    browser = world.browser(reader(world))  # type: ignore[arg-type]

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(reverse(view, kwargs=arguments)).status_code == 200
        return len(captured)

    one_more(world)
    world.site = site
    one_more(world)
    world.site = site
    few = queries()
    for _ in range(4):
        one_more(world)
        world.site = site
    assert queries() == few


def test_sites_are_found_by_name_and_domain(world: World) -> None:
    SiteFactory(organization=world.agency, label="Mill Lane", domain="physio.example")
    browser = world.browser(world.owner)
    for wanted in ("mill", "PHYSIO.ex"):
        text = text_of(browser.get(reverse("portal:sites"), {"q": wanted}))
        assert "Mill Lane" in text
        assert "Harbor Dental" not in text
    nothing = text_of(browser.get(reverse("portal:sites"), {"q": "nowhere\0"}))
    assert "No site matches “nowhere”" in nothing


def test_the_store_shows_published_apps_and_on_how_many_sites_they_are(world: World) -> None:
    AppFactory(name="Secret draft", draft=True)
    AppFactory(name="Gone", delisted=True)
    AppFactory(name="Soon", beta=True)
    world.subscribe()
    text = text_of(world.browser(world.owner).get(reverse("portal:apps")))
    assert "Bookwell by Fernhill Software" in text
    assert "On 1 of your sites" in text
    assert "Soon" in text
    assert "Coming soon" in text
    assert "Secret draft" not in text
    assert "Gone" not in text


def test_an_app_that_is_announced_cannot_be_added_and_says_why(world: World) -> None:
    world.app.is_in_beta = True
    world.app.save()
    url = reverse("portal:site_app", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid})
    response = world.browser(world.owner).get(url)
    assert "This app is announced, but not on sale yet." in text_of(response)
    assert "disabled" in response.content.decode()


def test_a_site_names_the_sum_of_its_apps(world: World) -> None:
    world.subscribe()
    second = AppFactory()
    SubscriptionFactory(plan=PlanFactory(app=second, monthly=1200), site=world.site)
    third = AppFactory()
    SubscriptionFactory(
        plan=PlanFactory(app=third, yearly=30000), site=world.site, recurrency="YEARLY"
    )
    url = reverse("portal:site", kwargs={"site_name": "harbor"})
    text = text_of(world.browser(world.owner).get(url))
    assert "3 apps · €31.00 a month · €300.00 a year · without VAT" in text


def test_a_suspended_app_stays_in_sight_and_is_marked(world: World) -> None:
    world.subscribe()
    world.app.status = "SUSPENDED"
    world.app.save()
    site = reverse("portal:site", kwargs={"site_name": "harbor"})
    for reader in (world.owner, world.client):
        assert "Suspended" in text_of(world.browser(reader).get(site))
    assert "Upgrade plan" not in text_of(world.browser(world.owner).get(site))


def test_going_on_with_a_site_leads_to_the_app_on_that_site(world: World) -> None:
    browser = world.browser(world.owner)
    app = reverse("portal:app", kwargs={"app_uuid": world.app.uuid})
    there = reverse("portal:site_app", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid})
    assert browser.get(app, {"site": "harbor"})["Location"] == there
    foreign = SiteFactory()
    assert browser.get(app, {"site": foreign.site_name}).status_code == 200


def test_orders_are_listed_newest_first_with_their_end(world: World) -> None:
    world.subscribe()
    world.run(world.order(world.growth, world.add_card("4000000000000002")))
    world.run(world.order(world.growth))
    text = text_of(world.browser(world.colleague).get(reverse("portal:orders")))
    assert text.index("Done €42.03") < text.index("Declined €42.03")
    assert Order.objects.count() == 2
