"""The people of the demo, their organizations, sites and cards."""

import dataclasses
import datetime as dt
import functools

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import Membership, Organization, Site, User
from apps.accounts.services import add_member, create_organization, create_person
from apps.payments.services import add_card

#: Marks the rows that the demo is recognised by: ``source`` names the product a row came from.
SOURCE = "demo"

#: One password for everybody: these people exist on no system but a demo.
PASSWORD = "demo"  # noqa: S105

STAFF_EMAIL = "ines@marketplace.example"
AGENCY_STAFF_EMAIL = "mia@northlight.example"
CLIENT_EMAIL = "priya@harbordental.example"
DEVELOPER_EMAIL = "tomasz@fernhill.example"

Role = Membership.Role


@dataclasses.dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can sign in."""

    email: str
    name: str
    language: str = "en"


@dataclasses.dataclass(frozen=True, slots=True)
class DemoSite:
    """A site; ``contact`` is its own site admin (name, mail, phone) if it has one."""

    site_name: str
    label: str
    domain: str
    contact: tuple[str, str, str] = ("", "", "")


@dataclasses.dataclass(frozen=True, slots=True)
class DemoMember:
    """A person's role; a client's sites by their site names."""

    person: DemoPerson
    role: Role
    sites: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class DemoOrganization:
    """A vendor or an agency with everything that belongs to it."""

    name: str
    slug: str
    owner: DemoPerson
    members: tuple[DemoMember, ...] = ()
    sites: tuple[DemoSite, ...] = ()
    cards: tuple[str, ...] = ()
    contact: tuple[str, str, str] = ("", "", "")
    is_vendor: bool = False
    time_zone: str = "Europe/Berlin"
    language: str = "en"


STAFF = (
    DemoPerson(STAFF_EMAIL, "Ines Rocha"),
    DemoPerson("samuel@marketplace.example", "Samuel Okafor"),
)

VENDORS = (
    DemoOrganization(
        name="Fernhill Software",
        slug="fernhill-software",
        owner=DemoPerson("grace@fernhill.example", "Grace Whitlock"),
        members=(DemoMember(DemoPerson(DEVELOPER_EMAIL, "Tomasz Adler"), Role.DEVELOPER),),
        contact=("Fernhill support", "support@fernhill.example", ""),
        is_vendor=True,
        time_zone="Europe/London",
    ),
    DemoOrganization(
        name="Lumen Labs",
        slug="lumen-labs",
        owner=DemoPerson("clara@lumen.example", "Clara Monteiro", "pt-BR"),
        contact=("Lumen support", "help@lumen.example", ""),
        is_vendor=True,
        time_zone="Europe/Lisbon",
    ),
    DemoOrganization(
        name="Tidemark",
        slug="tidemark",
        owner=DemoPerson("erik@tidemark.example", "Erik Sandvik"),
        members=(DemoMember(DemoPerson("aiko@tidemark.example", "Aiko Tanabe"), Role.DEVELOPER),),
        contact=("Tidemark support", "hello@tidemark.example", ""),
        is_vendor=True,
        time_zone="Europe/Oslo",
    ),
)

AGENCIES = (
    DemoOrganization(
        name="Northlight Studio",
        slug="northlight-studio",
        owner=DemoPerson("jonas@northlight.example", "Jonas Weber", "de"),
        contact=("Mia Keller", AGENCY_STAFF_EMAIL, "+49 30 5550 1420"),
        members=(
            DemoMember(DemoPerson(AGENCY_STAFF_EMAIL, "Mia Keller"), Role.STAFF_MEMBER),
            DemoMember(DemoPerson("noa@northlight.example", "Noa Levi", "he"), Role.STAFF_MEMBER),
            DemoMember(
                DemoPerson(CLIENT_EMAIL, "Priya Nair"), Role.CLIENT, sites=("harbor-dental",)
            ),
            DemoMember(
                DemoPerson("felix@oakstreetvets.example", "Felix Brandt", "de"),
                Role.CLIENT,
                sites=("oak-street-vets", "lakeview-clinic"),
            ),
        ),
        sites=(
            DemoSite("harbor-dental", "Harbor Dental", "harbordental.example"),
            DemoSite(
                "mill-lane-physio",
                "Mill Lane Physio",
                "milllanephysio.example",
                contact=("Noa Levi", "noa@northlight.example", "+49 30 5550 1423"),
            ),
            DemoSite("oak-street-vets", "Oak Street Vets", "oakstreetvets.example"),
            DemoSite("quayside-yoga", "Quayside Yoga", "quaysideyoga.example"),
            DemoSite("lakeview-clinic", "Lakeview Clinic", "lakeviewclinic.example"),
            DemoSite("bright-and-sons", "Bright & Sons", "brightandsons.example"),
        ),
        # Succeeds and is the default; is declined; the bank wants a second look.
        cards=("4000002500003155", "4000000000000002", "4242424242424242"),
    ),
    DemoOrganization(
        name="Atelier Vasseur",
        slug="atelier-vasseur",
        owner=DemoPerson("camille@vasseur.example", "Camille Vasseur", "fr"),
        members=(
            DemoMember(
                DemoPerson("louis@boulangerie-ravel.example", "Louis Ravel", "fr"),
                Role.CLIENT,
                sites=("boulangerie-ravel",),
            ),
        ),
        sites=(
            DemoSite("cabinet-moreau", "Cabinet Moreau", "cabinet-moreau.example"),
            DemoSite("boulangerie-ravel", "Boulangerie Ravel", "boulangerie-ravel.example"),
            DemoSite("galerie-du-port", "Galerie du Port", "galerie-du-port.example"),
        ),
        cards=("5555555555554444",),
        time_zone="Europe/Paris",
        language="fr",
    ),
)


def is_demo_database() -> bool:
    """Whether this database was made by the demo."""
    return Organization.objects.filter(source=SOURCE).exists()


def is_empty_database() -> bool:
    """Whether nobody has used this database yet."""
    return not User.objects.exists() and not Organization.objects.exists()


def make_people(*, now: dt.datetime) -> None:
    """Make whom and what is missing; an organization that exists is not touched."""
    # All at once: people without a demo organization would be taken for somebody's database.
    with transaction.atomic():
        for colleague in STAFF:
            _person(colleague, is_staff=True)
        for wanted in (*VENDORS, *AGENCIES):
            if not Organization.objects.filter(source=SOURCE, external_id=wanted.slug).exists():
                _make_organization(wanted, now)


def person(email: str) -> User:
    """The person whom the demo made under this address, whatever it is by now."""
    return User.objects.get(source=SOURCE, external_id=email)


def organization(slug: str) -> Organization:
    """The organization that the demo made under this short name, whatever it is by now."""
    return Organization.objects.get(source=SOURCE, external_id=slug)


def _make_organization(wanted: DemoOrganization, now: dt.datetime) -> None:
    owner = _person(wanted.owner)
    organization = create_organization(
        name=wanted.name,
        owner=owner,
        is_vendor=wanted.is_vendor,
        time_zone=wanted.time_zone,
        language=wanted.language,
        slug=wanted.slug,
    )
    name, email, phone = wanted.contact
    organization.contact_name = name
    organization.contact_email = email
    organization.contact_phone = phone
    organization.source, organization.external_id = SOURCE, wanted.slug
    organization.save()
    sites = {site.site_name: _make_site(organization, site) for site in wanted.sites}
    for member in wanted.members:
        add_member(
            organization=organization,
            user=_person(member.person),
            role=member.role,
            sites=[sites[site_name] for site_name in member.sites],
        )
    for number in wanted.cards:
        # Each becomes the default in its turn; the last one stays it.
        add_card(
            actor=owner,
            now=now,
            organization=organization,
            number=number,
            expires_month=12,
            expires_year=now.year + 4,
        )


def _make_site(organization: Organization, wanted: DemoSite) -> Site:
    name, email, phone = wanted.contact
    return Site.objects.create(
        organization=organization,
        site_name=wanted.site_name,
        label=wanted.label,
        domain=wanted.domain,
        contact_name=name,
        contact_email=email,
        contact_phone=phone,
        source=SOURCE,
        external_id=wanted.site_name,
    )


def _person(wanted: DemoPerson, *, is_staff: bool = False) -> User:
    known = User.objects.filter(source=SOURCE, external_id=wanted.email).first()
    if known is not None:
        return known
    user = create_person(email=wanted.email, name=wanted.name, language=wanted.language)
    user.source, user.external_id = SOURCE, wanted.email
    user.password = _hashed_password()
    user.is_staff = user.is_superuser = is_staff
    user.save()
    return user


@functools.cache
def _hashed_password() -> str:
    """The one password, hashed once: a hash is slow by design, and there are many people."""
    return make_password(PASSWORD)
