from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.accounts.models import Membership, Organization, Site, SiteAccess, User
from apps.accounts.services import create_person

PASSWORD = "a plain password"


class UserFactory(DjangoModelFactory[User]):
    """A person with their personal organization, as sign-up makes them."""

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = PASSWORD
    language = "en"

    class Meta:
        model = User

    class Params:
        staff = factory.Trait(is_staff=True)
        superuser = factory.Trait(is_staff=True, is_superuser=True)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        made = {name: kwargs.pop(name) for name in ("email", "name", "password", "language")}
        user = create_person(**made)
        if kwargs:
            for name, value in kwargs.items():
                setattr(user, name, value)
            user.save()
        return user


class OrganizationFactory(DjangoModelFactory[Organization]):
    """An organization in Berlin that pays in euros, with its owner as the only member."""

    kind = Organization.Kind.ORGANIZATION
    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    owner = factory.SubFactory(UserFactory)
    time_zone = "Europe/Berlin"
    currency = "EUR"
    owner_membership = factory.RelatedFactory(
        "tests.factories.accounts.MembershipFactory",
        factory_related_name="organization",
        user=factory.SelfAttribute("organization.owner"),
        role=Membership.Role.OWNER,
    )

    class Meta:
        model = Organization
        skip_postgeneration_save = True

    class Params:
        vendor = factory.Trait(is_vendor=True)
        sandbox = factory.Trait(is_sandbox=True)


class SiteFactory(DjangoModelFactory[Site]):
    """A site of an organization."""

    organization = factory.SubFactory(OrganizationFactory)
    site_name = factory.Sequence(lambda n: f"site-{n}")
    label = factory.Sequence(lambda n: f"Site {n}")

    class Meta:
        model = Site


class MembershipFactory(DjangoModelFactory[Membership]):
    """A staff member. ``MembershipFactory(client=True, sites=[site])`` is a client of one site."""

    user = factory.SubFactory(UserFactory)
    organization = factory.SubFactory(OrganizationFactory)
    role = Membership.Role.STAFF_MEMBER

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    class Params:
        client = factory.Trait(role=Membership.Role.CLIENT)
        developer = factory.Trait(role=Membership.Role.DEVELOPER)

    @factory.post_generation
    def sites(self, create: bool, extracted: list[Site] | None, **_: Any) -> None:
        for site in extracted or []:
            SiteAccess.objects.create(membership=self, site=site)
