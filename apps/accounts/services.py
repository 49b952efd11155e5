"""Making people, organizations, sites and tokens."""

import dataclasses
import datetime as dt

from django.db import transaction
from django.utils.text import slugify

from apps.accounts.models import Membership, Organization, Site, SiteAccess, Token, User
from apps.core.ids import new_code
from apps.core.secrets import digest, new_secret


@dataclasses.dataclass(frozen=True, slots=True)
class NewToken:
    """A token row and the secret itself, which is readable this once."""

    row: Token
    secret: str


def create_person(
    *, email: str, name: str, password: str | None = None, language: str = "en"
) -> User:
    """Create a person together with the one personal organization that each person has."""
    with transaction.atomic():
        user = User.objects.create_user(email, password, name=name, language=language)
        organization = Organization.objects.create(
            kind=Organization.Kind.PERSONAL,
            name=name or email,
            slug=_free_slug(name or email.partition("@")[0]),
            owner=user,
            language=language,
        )
        Membership.objects.create(user=user, organization=organization, role=Membership.Role.OWNER)
    return user


def create_organization(
    *,
    name: str,
    owner: User,
    is_vendor: bool = False,
    time_zone: str = "UTC",
    language: str = "en",
    currency: str = "EUR",
    slug: str = "",
) -> Organization:
    """Create an organization of several people, with ``owner`` as its first member."""
    with transaction.atomic():
        organization = Organization(
            name=name,
            slug=slug or _free_slug(name),
            owner=owner,
            is_vendor=is_vendor,
            time_zone=time_zone,
            language=language,
            currency=currency,
        )
        organization.full_clean(exclude=["owner"])
        organization.save()
        Membership.objects.create(user=owner, organization=organization, role=Membership.Role.OWNER)
    return organization


def add_member(
    *, organization: Organization, user: User, role: str, sites: list[Site] | None = None
) -> Membership:
    """Give ``user`` one role in ``organization``; a client also gets the sites that are theirs.

    Raises ``ValueError`` when a named site belongs to another organization.
    """
    named = sites or []
    if any(site.organization_id != organization.pk for site in named):
        raise ValueError("a client's sites must belong to the organization")
    with transaction.atomic():
        membership, _created = Membership.objects.update_or_create(
            user=user, organization=organization, defaults={"role": role}
        )
        SiteAccess.objects.filter(membership=membership).exclude(site__in=named).delete()
        for site in named:
            SiteAccess.objects.get_or_create(membership=membership, site=site)
    return membership


def choose_language(*, user: User, language: str) -> None:
    """Set the language in which ``user`` reads pages and mails."""
    user.language = language
    user.full_clean(exclude=["password"])
    user.save(update_fields=["language"])


def issue_token(
    *, user: User, organization: Organization, name: str, expires_at: dt.datetime | None = None
) -> NewToken:
    """Issue an API token and return it readable, once."""
    secret = new_secret("mkt_")
    row = Token.objects.create(
        user=user,
        organization=organization,
        name=name,
        digest=digest(secret),
        hint=secret[-4:],
        expires_at=expires_at,
    )
    return NewToken(row=row, secret=secret)


def revoke_token(*, now: dt.datetime, token: Token) -> None:
    """Stop a token from opening anything; doing it twice changes nothing."""
    Token.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def _free_slug(text: str) -> str:
    slug = slugify(text)[:60] or "organization"
    if Organization.objects.filter(slug=slug).exists():
        return f"{slug}-{new_code().lower()}"
    return slug
