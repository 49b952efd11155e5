"""Who may see and do what: the one place that answers it, for pages and API alike."""

import dataclasses

from django.db.models import Q, QuerySet

from apps.accounts.models import Membership, Organization, Site, User


@dataclasses.dataclass(frozen=True, slots=True)
class Contact:
    """Whom to ask about a site."""

    name: str
    email: str
    phone: str


@dataclasses.dataclass(frozen=True, slots=True)
class SiteRights:
    """What one person may do on one site.

    ``is_client`` decides which page is built: a client's view objects have no price at all.
    """

    site: Site
    may_buy: bool
    is_client: bool
    is_marketplace_staff: bool


def sites_for(user: User) -> QuerySet[Site]:
    """Return the sites that ``user`` may see, by name.

    Owners and staff members see every site of their organization, clients those that are named
    for them, marketplace staff all; developers see none, for their work is elsewhere.
    """
    sites = Site.objects.select_related("organization").order_by("label", "pk")
    if user.is_staff:
        return sites
    buyers = Membership.objects.filter(
        user=user, role__in=[Membership.Role.OWNER, Membership.Role.STAFF_MEMBER]
    )
    clients = Membership.objects.filter(user=user, role=Membership.Role.CLIENT)
    return sites.filter(
        Q(organization__in=buyers.values("organization"))
        | Q(access__membership__in=clients.values("pk"))
    ).distinct()


def site_rights(user: User, site_name: str) -> SiteRights | None:
    """Return what ``user`` may do on a site, or ``None`` if they may not even know of it."""
    site = sites_for(user).filter(site_name=site_name).first()
    if site is None:
        return None
    role = (
        Membership.objects.filter(user=user, organization=site.organization)
        .values_list("role", flat=True)
        .first()
    )
    is_buyer = role in (Membership.Role.OWNER, Membership.Role.STAFF_MEMBER)
    return SiteRights(
        site=site,
        may_buy=is_buyer or user.is_staff,
        is_client=not is_buyer and not user.is_staff,
        is_marketplace_staff=user.is_staff and not is_buyer,
    )


def buying_organizations(user: User) -> QuerySet[Organization]:
    """Return the organizations that ``user`` may buy for, by name."""
    return Organization.objects.filter(
        memberships__user=user,
        memberships__role__in=[Membership.Role.OWNER, Membership.Role.STAFF_MEMBER],
    ).order_by("name", "pk")


def may_buy_for(user: User, organization: Organization) -> bool:
    """Whether ``user`` sees prices of, and pays for, ``organization``."""
    return buying_organizations(user).filter(pk=organization.pk).exists()


def is_vendor_member(organization: Organization, vendor: Organization) -> bool:
    """Whether a purchase by ``organization`` is the vendor's own.

    It is, if the payer is the vendor itself, or the personal organization of one of its members.
    """
    if organization.pk == vendor.pk:
        return True
    return (
        organization.kind == Organization.Kind.PERSONAL
        and Membership.objects.filter(user=organization.owner_id, organization=vendor).exists()
    )


def billable_accounts(organization: Organization) -> int:
    """Return how many active members count for a price per account: clients do not."""
    return (
        Membership.objects.filter(organization=organization, user__is_active=True)
        .exclude(role=Membership.Role.CLIENT)
        .count()
    )


def site_admin(site: Site) -> Contact:
    """Return whom a client should ask about ``site``.

    The site's own contact, else the organization's, else its owner.
    """
    organization = site.organization
    for row in (site, organization):
        if row.contact_name or row.contact_email or row.contact_phone:
            return Contact(row.contact_name, row.contact_email, row.contact_phone)
    return Contact(organization.owner.name, organization.owner.email, "")
