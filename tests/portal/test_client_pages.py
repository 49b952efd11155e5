"""A client never meets a price, a currency, a payment or a card, in any page or its source."""

import dataclasses
import re
import typing

import pytest
from django.http import HttpResponse
from django.urls import reverse

from apps.catalog.models import Price
from apps.core.money import Money
from apps.orders.models import Order
from apps.portal.app_pages import ClientAppPage
from apps.portal.installed import InstalledApp
from apps.portal.urls import urlpatterns
from tests.factories import AppFactory, PlanFactory, PlanProfileFactory, SubscriptionFactory
from tests.portal.conftest import World, text_of

#: Amounts in any notation, currency signs and codes, and the words of paying.
MONEY = re.compile(
    r"\d[.,]\d\d\b|[€$£¥₪]|\b(EUR|USD|VAT)\b"
    r"|\b(price[ds]?|billed|billing|invoices?|payments?|paid|pays?|charge[ds]?|cards?|credit"
    r"|visa|mastercard|receipts?|refunds?|renews?|renewals?|total)\b",
    re.IGNORECASE,
)


@pytest.fixture
def busy_world(world: World) -> World:
    """A paid plan, an order that is done, one that was declined, and one under way."""
    world.subscribe()
    declined = world.run(world.order(world.growth, world.add_card("4000000000000002")))
    assert declined.status == Order.Status.DECLINED
    assert world.run(world.order(world.growth)).status == Order.Status.COMPLETED
    second = AppFactory(program=world.app.program)
    PlanFactory(app=second, monthly=1200)
    SubscriptionFactory(plan=second.plans.get(), site=world.site, past_due=True)
    return world


def client_urls(world: World) -> list[str]:
    """Return every address there is, filled in with what is on the client's own site."""
    quote = world.quote(world.hidden, named=True)
    site_app = {"site_name": world.site.site_name, "app_uuid": world.app.uuid}
    values: dict[str, object] = site_app | {"reference": "sbx_1"}
    urls = []
    for pattern in urlpatterns:
        for public_id in [quote.public_id, *Order.objects.values_list("public_id", flat=True)]:
            wanted = values | {"public_id": public_id}
            names = pattern.pattern.converters
            arguments = {name: wanted[name] for name in names}
            urls.append(reverse(f"portal:{pattern.name}", kwargs=arguments))
    return sorted(set(urls))


def links_in(response: HttpResponse) -> set[str]:
    found = re.findall(r'(?:href|action|hx-get)="(/[^"]*)"', response.content.decode())
    return {link.split("#")[0] for link in found if not link.startswith("/static/")}


def source_without_names(response: HttpResponse) -> str:
    """Return the source without its own addresses of style sheets, fonts and scripts."""
    return re.sub(r'/static/[^"]*', "", response.content.decode())


def test_no_address_shows_a_client_money(busy_world: World) -> None:
    browser = busy_world.browser(busy_world.client)
    seen: set[str] = set()
    queue = client_urls(busy_world)
    assert len(queue) > 20
    while queue:
        url = queue.pop()
        # Signing out ends the walk; the password and second factor pages hold no site.
        if url in seen or url.startswith(("/accounts/", "/i18n/")):
            continue
        seen.add(url)
        for response in (browser.get(url), browser.post(url)):
            found = MONEY.search(source_without_names(response))
            assert found is None, (url, found and found.group())
            queue += links_in(response) - seen
    assert reverse("portal:site", kwargs={"site_name": busy_world.site.site_name}) in seen


def test_the_search_finds_what_it_looks_for(busy_world: World) -> None:
    """The same pages do show it to those who buy: the search above is not blind."""
    browser = busy_world.browser(busy_world.owner)
    for name in ("site", "site_app"):
        arguments = {"site_name": busy_world.site.site_name}
        if name == "site_app":
            arguments["app_uuid"] = busy_world.app.uuid
        response = browser.get(reverse(f"portal:{name}", kwargs=arguments))
        assert MONEY.search(source_without_names(response)), name


def test_the_view_objects_of_a_client_have_no_price() -> None:
    def kinds(kind: object) -> set[object]:
        found = {kind, *typing.get_args(kind)}
        for each in [*found]:
            if dataclasses.is_dataclass(each):
                for hint in typing.get_type_hints(each).values():
                    found |= kinds(hint)
            elif each is not kind:
                found |= kinds(each)
        return found

    for view_object in (InstalledApp, ClientAppPage):
        held = kinds(view_object)
        assert not held & {Money, Price, Order}, view_object


@pytest.mark.parametrize("view", ["plans", "quote", "order"])
def test_pages_about_money_tell_a_client_whom_to_ask(view: str, busy_world: World) -> None:
    arguments = {
        "plans": {"site_name": busy_world.site.site_name, "app_uuid": busy_world.app.uuid},
        "quote": {"public_id": busy_world.quote(busy_world.hidden, named=True).public_id},
        "order": {"public_id": Order.objects.first().public_id},  # type: ignore[union-attr]
    }
    url = reverse(f"portal:{view}", kwargs=arguments[view])
    response = busy_world.browser(busy_world.client).get(url)
    assert response.status_code == 403
    text = text_of(response)
    for part in ("Contact your site admin", "Mia Keller", "+31 20 555 0142"):
        assert part in text
    assert 'href="mailto:mia@northlight.example"' in response.content.decode()


def test_a_client_sees_the_apps_of_the_site_in_their_own_language(world: World) -> None:
    PlanProfileFactory(plan=world.starter, language="de", name="Einstieg", features=["Eins"])
    world.subscribe()
    world.client.language = "de"
    world.client.save()
    browser = world.browser(world.client)
    text = text_of(browser.get(reverse("portal:site", kwargs={"site_name": "harbor"})))
    assert "Einstieg" in text
    assert "Eins" in text


def test_an_app_that_is_not_for_clients_is_not_on_their_pages(world: World) -> None:
    world.subscribe()
    world.app.visible_to_clients = False
    world.app.save()
    browser = world.browser(world.client)
    site = browser.get(reverse("portal:site", kwargs={"site_name": "harbor"}))
    assert "Bookwell" not in text_of(site)
    url = reverse("portal:site_app", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid})
    assert browser.get(url).status_code == 404


def test_a_client_does_not_see_an_app_that_is_not_on_the_site(world: World) -> None:
    url = reverse("portal:site_app", kwargs={"site_name": "harbor", "app_uuid": world.app.uuid})
    assert world.browser(world.client).get(url).status_code == 404
