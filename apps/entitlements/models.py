"""Entitlements: who may use what, since when, until when and why."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.holders import exactly_one_holder
from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Sku
from apps.core.ids import new_number, new_public_id
from apps.core.modes import Mode


class EntitlementQuerySet(models.QuerySet["Entitlement"]):
    """Which rows give access."""

    def in_force(self, moment: dt.datetime) -> "EntitlementQuerySet":
        """Rows that give access at ``moment``: started, and neither ended, revoked nor deleted."""
        return self.filter(
            Q(starts_at__isnull=True) | Q(starts_at__lte=moment),
            Q(ends_at__isnull=True) | Q(ends_at__gt=moment),
            Q(ended_at__isnull=True) | Q(ended_at__gt=moment),
            Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment),
            Q(deleted_at__isnull=True) | Q(deleted_at__gt=moment),
        )


class Entitlement(models.Model):
    """The right of exactly one holder to use one SKU. It never changes its SKU.

    Three verbs end it, and they differ: ``ended_at`` (its time ran out or a plan took its
    place), ``revoked_at`` (refund, chargeback, staff) and ``deleted_at`` (test ones alone).
    """

    class Source(models.TextChoices):
        """What it came from."""

        PLAN = "PLAN", _("Plan")
        """The active plan of an installation."""
        LOT = "LOT", _("Upgrade")
        """An enabled lot of an upgrade."""
        PURCHASE = "PURCHASE", _("Purchase")
        """A one-time purchase."""
        TEST = "TEST", _("Test entitlement")
        """Made by the developer for tests; has no dates and may be deleted."""
        GRANT = "GRANT", _("Grant")
        """Given by the marketplace's staff."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="entitlements"
    )
    sku = models.ForeignKey(
        Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="entitlements"
    )
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    source = models.CharField(_("from"), max_length=8, choices=Source.choices)
    source_id = models.CharField(_("source's id"), max_length=80, blank=True)
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(
        _("ends at"),
        null=True,
        blank=True,
        help_text=_("Null: it lasts until something ends it."),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    consumed_at = models.DateTimeField(_("consumed at"), null=True, blank=True)
    is_test = models.BooleanField(_("test"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = EntitlementQuerySet.as_manager()

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_holder(), name="entitlements_entitlement_one_holder"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(is_test=True),
                name="entitlements_entitlement_only_tests_deleted",
            ),
        ]
        indexes = [
            # "May this site use it?" and its siblings for organization and person.
            models.Index(
                fields=["site", "sku"],
                condition=Q(site__isnull=False),
                name="entitlements_by_site",
            ),
            models.Index(
                fields=["organization", "sku"],
                condition=Q(organization__isnull=False),
                name="entitlements_by_organization",
            ),
            models.Index(
                fields=["user", "sku"],
                condition=Q(user__isnull=False),
                name="entitlements_by_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} · {self.site or self.organization or self.user}"


class EntitlementChange(models.Model):
    """Who changed an entitlement, when and why. Rows are only ever added."""

    class Action(models.TextChoices):
        """What happened to it."""

        CREATED = "CREATED", _("Created")
        """It began."""
        UPDATED = "UPDATED", _("Updated")
        """Its dates or quantity changed."""
        ENDED = "ENDED", _("Ended")
        """Its time ran out, or another took its place."""
        REVOKED = "REVOKED", _("Revoked")
        """Taken back after a refund, a chargeback or by staff."""
        DELETED = "DELETED", _("Deleted")
        """A test entitlement was thrown away."""
        CONSUMED = "CONSUMED", _("Consumed")
        """A consumable was used up."""

    entitlement = models.ForeignKey(
        Entitlement,
        verbose_name=_("entitlement"),
        on_delete=models.PROTECT,
        related_name="changes",
    )
    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        User,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    reference = models.CharField(
        _("cause"), max_length=120, blank=True, help_text=_("The order it came from.")
    )

    class Meta:
        verbose_name = _("entitlement change")
        verbose_name_plural = _("entitlement changes")

    def __str__(self) -> str:
        return f"{self.entitlement} · {self.get_action_display()}"
