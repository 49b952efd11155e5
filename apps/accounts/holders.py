"""Who holds a thing: exactly one site, organization or user, wherever a holder is stored."""

import dataclasses
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Site, User


class HolderKind(models.TextChoices):
    """The three things that an app can be installed for."""

    SITE = "SITE", _("Site")
    """One web site of an organization."""
    ORGANIZATION = "ORGANIZATION", _("Organization")
    """The whole organization."""
    USER = "USER", _("Person")
    """One person."""


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """Exactly one of a site, an organization and a user."""

    site: Site | None = None
    organization: Organization | None = None
    user: User | None = None

    def __post_init__(self) -> None:
        if sum(part is not None for part in (self.site, self.organization, self.user)) != 1:
            raise ValueError("a holder is exactly one of a site, an organization and a user")

    @property
    def kind(self) -> HolderKind:
        """Which of the three it is."""
        if self.site is not None:
            return HolderKind.SITE
        return HolderKind.ORGANIZATION if self.organization is not None else HolderKind.USER

    def columns(self) -> dict[str, Any]:
        """The three columns of a row that stores a holder as exactly one foreign key."""
        return {"site": self.site, "organization": self.organization, "user": self.user}

    def __str__(self) -> str:
        return str(self.site or self.organization or self.user)


def exactly_one_holder() -> Q:
    """The check for tables with nullable ``site``, ``organization`` and ``user``."""
    return (
        Q(site__isnull=False, organization__isnull=True, user__isnull=True)
        | Q(site__isnull=True, organization__isnull=False, user__isnull=True)
        | Q(site__isnull=True, organization__isnull=True, user__isnull=False)
    )


def scope_fits_holder() -> Q:
    """The check for tables whose ``organization`` pays and is the holder only by ``scope``."""
    return (
        Q(scope=HolderKind.SITE, site__isnull=False, user__isnull=True)
        | Q(scope=HolderKind.ORGANIZATION, site__isnull=True, user__isnull=True)
        | Q(scope=HolderKind.USER, site__isnull=True, user__isnull=False)
    )
