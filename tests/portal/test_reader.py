"""Who reads: organization, language, time zone and look."""

import datetime as dt

from django.urls import reverse

from tests.factories import MembershipFactory, OrganizationFactory, SiteFactory
from tests.portal.conftest import World, text_of


def test_a_reader_with_two_organizations_changes_between_them(world: World) -> None:
    second = OrganizationFactory(name="Southlight", owner=world.owner)
    SiteFactory(organization=second, label="Quayside Yoga")
    browser = world.browser(world.owner)
    sites = reverse("portal:sites")
    assert "Quayside Yoga" not in text_of(browser.get(sites))
    response = browser.post(
        reverse("portal:choose_organization"), {"organization": second.public_id}
    )
    assert response["Location"] == reverse("portal:home")
    text = text_of(browser.get(sites))
    assert "Quayside Yoga" in text
    assert "Harbor Dental" not in text


def test_another_organization_cannot_be_chosen(world: World) -> None:
    foreign = OrganizationFactory(name="Somebody else's")
    browser = world.browser(world.owner)
    browser.post(reverse("portal:choose_organization"), {"organization": foreign.public_id})
    browser.post(reverse("portal:choose_organization"), {"organization": "nonsense"})
    text = text_of(browser.get(reverse("portal:sites")))
    assert "Northlight Studio" in text
    assert "Somebody else's" not in text


def test_a_client_is_not_offered_a_personal_account_without_sites(world: World) -> None:
    browser = world.browser(world.client)
    page = browser.get(reverse("portal:sites"))
    assert "Work for" not in text_of(page)
    personal = world.client.owned_organizations.get()
    browser.post(reverse("portal:choose_organization"), {"organization": personal.public_id})
    assert "Harbor Dental" in text_of(browser.get(reverse("portal:sites")))


def test_a_page_of_another_organizations_site_turns_to_that_organization(world: World) -> None:
    second = OrganizationFactory(name="Southlight", owner=world.owner)
    site = SiteFactory(organization=second)
    browser = world.browser(world.owner)
    page = browser.get(reverse("portal:site", kwargs={"site_name": site.site_name}))
    header = page.content.decode().split("</header>")[0]
    assert header.index("Southlight") < header.index("Northlight Studio")


def test_pages_are_in_the_language_of_the_reader(world: World) -> None:
    world.owner.language = "de"
    world.owner.save()
    response = world.browser(world.owner).get(reverse("portal:sites"))
    assert response["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr"' in response.content.decode()
    assert "Websites" in text_of(response)


def test_hebrew_runs_from_right_to_left(world: World) -> None:
    world.owner.language = "he"
    world.owner.save()
    response = world.browser(world.owner).get(reverse("portal:sites"))
    assert '<html lang="he" dir="rtl"' in response.content.decode()


def test_a_language_without_a_catalogue_falls_back_to_english(world: World) -> None:
    world.owner.language = "pt-BR"
    world.owner.save()
    response = world.browser(world.owner).get(reverse("portal:sites"))
    assert '<html lang="en"' in response.content.decode()


def test_language_and_look_are_kept(world: World) -> None:
    browser = world.browser(world.owner)
    response = browser.post(reverse("portal:preferences"), {"language": "de", "theme": "dark"})
    assert response.status_code == 302
    page = browser.get(reverse("portal:sites")).content.decode()
    assert '<html lang="de" dir="ltr" data-theme="dark">' in page
    browser.post(reverse("portal:preferences"), {"language": "en", "theme": "system"})
    page = browser.get(reverse("portal:sites")).content.decode()
    assert '<html lang="en" dir="ltr">' in page


def test_a_made_up_look_is_not_written_into_the_page(world: World) -> None:
    browser = world.browser(world.owner)
    browser.cookies["theme"] = '"><script>'
    assert "data-theme" not in browser.get(reverse("portal:sites")).content.decode()


def test_days_are_those_of_the_organization(world: World) -> None:
    """At 11:00 UTC it is already the next day in Kiritimati: quotes count that day."""
    world.agency.time_zone = "Pacific/Kiritimati"
    world.agency.save()
    quote = world.quote(world.growth)
    assert quote.period_starts_on == dt.date(2026, 11, 21)
    url = reverse("portal:quote", kwargs={"public_id": quote.public_id})
    text = text_of(world.browser(world.owner).get(url))
    assert "Charged today 21 Nov 2026" in text
    assert "Confirm before 01:30" in text


def test_a_developer_without_a_site_sees_none(world: World) -> None:
    developer = MembershipFactory(organization=world.app.vendor, developer=True).user
    text = text_of(world.browser(developer).get(reverse("portal:sites")))
    assert "No sites yet" in text
