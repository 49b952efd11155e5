"""People, their memberships, sites and tokens."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import Membership, Organization, Site, SiteAccess, Token, User
from apps.core.secrets import digest
from tests.backoffice.pages import buttons, complaints, errors, filled, page, press
from tests.factories import (
    MembershipFactory,
    OrganizationFactory,
    PlanFactory,
    SiteFactory,
    SubscriptionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


# --- People -------------------------------------------------------------------------------


def new_person(client: Client, **changes: str) -> Any:
    data = {
        "email": "Mia@Northlight.example",
        "name": "Mia Keller",
        "language": "de",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
    }
    return client.post(page(User, "add"), data | changes)


def test_a_new_person_has_a_personal_organization(staff_client: Client) -> None:
    assert complaints(new_person(staff_client)) == []
    person = User.objects.get(email="mia@northlight.example")
    own = Organization.objects.get(owner=person)
    assert own.kind == Organization.Kind.PERSONAL
    assert person.memberships.get().organization == own
    assert person.check_password("correct horse battery")
    assert not person.is_staff


def test_a_person_may_be_made_without_a_password(staff_client: Client) -> None:
    new_person(staff_client, usable_password="false", password1="", password2="")
    assert not User.objects.get(name="Mia Keller").has_usable_password()


def test_an_address_is_taken_once_in_any_case(staff_client: Client) -> None:
    UserFactory(email="mia@northlight.example")
    answer = new_person(staff_client)
    assert answer.status_code == 200
    assert User.objects.filter(email__iexact="mia@northlight.example").count() == 1


def test_a_person_is_shut_out_and_never_deleted(staff_client: Client) -> None:
    person = UserFactory()
    assert staff_client.get(page(person, "delete")).status_code == 403
    data = filled(staff_client, page(person))
    data.pop("is_active")
    assert complaints(staff_client.post(page(person), data)) == []
    person.refresh_from_db()
    assert not person.is_active


def clerk(*rights: str) -> Client:
    person = UserFactory(staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(person)
    return client


def test_nobody_raises_their_own_rights() -> None:
    client = clerk("view_user", "change_user")
    person = User.objects.get(is_staff=True)
    data = filled(client, page(person), is_superuser="on", name="Boss")
    assert complaints(client.post(page(person), data)) == []
    person.refresh_from_db()
    assert (person.name, person.is_superuser) == ("Boss", False)


def test_superusers_are_changed_by_superusers_alone(superuser: User) -> None:
    client = clerk("view_user", "change_user")
    password = superuser.password
    assert client.post(page(superuser), {"name": "Gone"}).status_code == 403
    address = f"/admin/accounts/user/{superuser.pk}/password/"
    assert client.post(address, {"password1": "x", "password2": "x"}).status_code == 403
    superuser.refresh_from_db()
    assert superuser.password == password


def test_staff_are_changed_by_superusers_and_themselves_alone(staff_client: Client) -> None:
    client = clerk("view_user", "change_user")
    colleague = UserFactory(staff=True)
    before = User.objects.values().get(pk=colleague.pk)
    changes = {"email": "mine@marketplace.example", "name": "Mine"}
    assert client.get(page(colleague)).status_code == 200
    assert client.post(page(colleague), changes).status_code == 403
    address = f"/admin/accounts/user/{colleague.pk}/password/"
    password = {"password1": "correct horse battery", "password2": "correct horse battery"}
    assert client.post(address, {"usable_password": "true"} | password).status_code == 403
    assert User.objects.values().get(pk=colleague.pk) == before

    data = filled(staff_client, page(colleague), name="Renamed")
    assert complaints(staff_client.post(page(colleague), data)) == []
    colleague.refresh_from_db()
    assert colleague.name == "Renamed"


def test_staff_may_change_people_who_are_not_staff() -> None:
    client = clerk("view_user", "change_user")
    person = UserFactory()
    data = filled(client, page(person), email="new@northlight.example")
    assert complaints(client.post(page(person), data)) == []
    person.refresh_from_db()
    assert person.email == "new@northlight.example"


@pytest.mark.parametrize("factory", [UserFactory, OrganizationFactory, SiteFactory])
def test_what_the_host_product_knows_it_by_is_not_edited(
    factory: Any, staff_client: Client
) -> None:
    row = factory(source="builder", external_id="17")
    data = filled(staff_client, page(row), source="elsewhere", external_id="18")
    assert complaints(staff_client.post(page(row), data)) == []
    row.refresh_from_db()
    assert (row.source, row.external_id) == ("builder", "17")
    assert "builder" in staff_client.get(page(row)).content.decode()


# --- Memberships --------------------------------------------------------------------------


def test_the_owner_stays_owner(staff_client: Client) -> None:
    organization = OrganizationFactory()
    row = organization.memberships.get()
    answer = staff_client.post(page(row), {"role": Membership.Role.CLIENT})
    assert "keeps this role" in "".join(complaints(answer))
    assert staff_client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.role == Membership.Role.OWNER


def test_the_owner_is_not_removed_on_the_organizations_page_either(staff_client: Client) -> None:
    organization = OrganizationFactory()
    data = filled(staff_client, page(organization), **{"memberships-0-DELETE": "on"})
    answer = staff_client.post(page(organization), data)
    assert "stays a member" in "".join(complaints(answer))
    assert organization.memberships.count() == 1


def test_a_personal_organization_has_no_other_members(staff_client: Client) -> None:
    own = Organization.objects.get(owner=UserFactory())
    data = {"user": str(UserFactory().pk), "organization": str(own.pk), "role": "STAFF_MEMBER"}
    answer = staff_client.post(page(Membership, "add"), data)
    assert "no other members" in "".join(complaints(answer))
    assert own.memberships.count() == 1


def test_one_role_per_person_and_organization(staff_client: Client) -> None:
    row = MembershipFactory()
    data = {"user": str(row.user_id), "organization": str(row.organization_id), "role": "CLIENT"}
    answer = staff_client.post(page(Membership, "add"), data)
    assert answer.status_code == 200
    assert Membership.objects.filter(user=row.user, organization=row.organization).count() == 1


def access_data(row: Membership, site: Site) -> dict[str, str]:
    return {
        "role": row.role,
        "site_access-TOTAL_FORMS": "1",
        "site_access-INITIAL_FORMS": "0",
        "site_access-MIN_NUM_FORMS": "0",
        "site_access-MAX_NUM_FORMS": "1000",
        "site_access-0-membership": str(row.pk),
        "site_access-0-site": str(site.pk),
    }


def test_a_client_is_given_a_site_of_their_organization(staff_client: Client) -> None:
    row = MembershipFactory(client=True)
    site = SiteFactory(organization=row.organization)
    assert complaints(staff_client.post(page(row), access_data(row, site))) == []
    assert SiteAccess.objects.get(membership=row).site == site


def test_a_client_is_not_given_anothers_site(staff_client: Client) -> None:
    row = MembershipFactory(client=True)
    answer = staff_client.post(page(row), access_data(row, SiteFactory()))
    assert "another organization" in "".join(complaints(answer))
    assert not SiteAccess.objects.exists()


def test_a_changed_role_is_in_the_history(staff_client: Client, superuser: User) -> None:
    row = MembershipFactory()
    assert complaints(staff_client.post(page(row), {"role": "DEVELOPER"})) == []
    newest = Membership.history.filter(id=row.pk).latest()
    assert (newest.role, newest.history_user) == ("DEVELOPER", superuser)
    assert "Ines Rocha" in staff_client.get(page(row, "history")).content.decode()


# --- Organizations and sites --------------------------------------------------------------


def test_a_new_organization_has_its_owner_as_member(staff_client: Client) -> None:
    owner = UserFactory()
    data = {
        "name": "Fernhill",
        "slug": "fernhill",
        "owner": str(owner.pk),
        "is_vendor": "on",
        "language": "en",
        "time_zone": "Europe/Berlin",
        "currency": "EUR",
    }
    assert complaints(staff_client.post(page(Organization, "add"), data)) == []
    made = Organization.objects.get(slug="fernhill")
    assert (made.kind, made.is_vendor) == (Organization.Kind.ORGANIZATION, True)
    assert made.memberships.get().user == owner


@pytest.mark.parametrize(
    "change", [{"time_zone": "Mars"}, {"currency": "XXQ"}, {"language": "nope!"}]
)
def test_what_an_organization_cannot_have_is_refused(
    change: dict[str, str], staff_client: Client
) -> None:
    organization = OrganizationFactory()
    data = filled(staff_client, page(organization), **change)
    assert complaints(staff_client.post(page(organization), data)) != []


def test_the_currency_stays_while_something_is_paid_in_it(staff_client: Client) -> None:
    site = SiteFactory()
    SubscriptionFactory(plan=PlanFactory(monthly=4900), site=site)
    organization = site.organization
    data = filled(staff_client, page(organization), currency="USD", name="Renamed")
    assert complaints(staff_client.post(page(organization), data)) == []
    organization.refresh_from_db()
    assert (organization.name, organization.currency) == ("Renamed", "EUR")


def test_a_site_keeps_its_name_in_links_and_its_organization(staff_client: Client) -> None:
    site = SiteFactory(site_name="harbor-dental")
    other = OrganizationFactory()
    data = filled(
        staff_client, page(site), site_name="new", organization=str(other.pk), label="Harbor"
    )
    assert complaints(staff_client.post(page(site), data)) == []
    site.refresh_from_db()
    assert (site.label, site.site_name) == ("Harbor", "harbor-dental")
    assert site.organization != other


# --- Tokens -------------------------------------------------------------------------------


@pytest.fixture
def member(db: None) -> Membership:
    row: Membership = MembershipFactory()
    return row


def issue(client: Client, member: Membership, **changes: str) -> Any:
    data = {
        "email": member.user.email,
        "organization": member.organization.slug,
        "name": "nightly import",
    }
    return press(client, Token, "issue", **(data | changes))


def test_a_token_is_shown_once_and_kept_as_a_digest(
    staff_client: Client, member: Membership, superuser: User
) -> None:
    answer = issue(staff_client, member)
    row = Token.objects.get()
    secret = dict(answer.context["secrets"])["API token"]
    assert digest(secret) == row.digest
    assert "no-store" in answer["Cache-Control"]
    assert secret in answer.content.decode()
    for address in (page(row), page(Token, "changelist"), page(Token, "export")):
        content = staff_client.get(address).content.decode()
        assert secret not in content
        assert row.digest not in content
    assert LogEntry.objects.get(object_id=str(row.pk)).user == superuser


def test_a_token_is_for_members_alone(staff_client: Client, member: Membership) -> None:
    answer = issue(staff_client, member, organization=OrganizationFactory().slug)
    assert "member of that organization" in errors(answer)
    assert not Token.objects.exists()


def test_staff_issue_no_tokens_in_the_name_of_staff(
    member: Membership, staff_client: Client
) -> None:
    client = clerk("view_token", "change_token")
    colleague = MembershipFactory(organization=member.organization, user=UserFactory(staff=True))
    assert "Superusers alone" in errors(issue(client, colleague))
    assert not Token.objects.exists()

    issue(client, member)
    issue(staff_client, colleague)
    assert set(Token.objects.values_list("user", flat=True)) == {member.user_id, colleague.user_id}


def test_revoking_a_token(staff_client: Client, member: Membership) -> None:
    issue(staff_client, member)
    row = Token.objects.get()
    assert buttons(staff_client, row) == {"revoke"}
    press(staff_client, row, "revoke")
    row.refresh_from_db()
    assert row.revoked_at is not None
    assert buttons(staff_client, row) == set()


def test_staff_who_may_only_look_issue_nothing(member: Membership) -> None:
    client = clerk("view_token")
    assert client.get(page(Token, "changelist")).status_code == 200
    assert client.get(page(Token, "issue")).status_code == 403
    assert issue(client, member).status_code == 403
    assert not Token.objects.exists()
