"""Installations, the subscriptions that pay for them, their periods and their tokens."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.holders import Holder, HolderKind, scope_fits_holder
from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan, Price
from apps.core.encryption import EncryptedTextField
from apps.core.ids import new_number, new_public_id
from apps.core.modes import Mode
from apps.entitlements.models import Entitlement
from apps.payments.models import PaymentMethod


class Installation(models.Model):
    """An app on a site, in an organization or for a person. Reinstalling makes a new row."""

    class Status(models.TextChoices):
        """Where it stands."""

        PENDING = "PENDING", _("Being installed")
        """Its order is under way; the app may already call us with its token."""
        ACTIVE = "ACTIVE", _("Active")
        """Installed; it has exactly one active plan."""
        REMOVED = "REMOVED", _("Removed")
        """Uninstalled."""
        FAILED = "FAILED", _("Failed")
        """The app refused, or the order was called off."""

    OPEN = (Status.PENDING, Status.ACTIVE)

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="installations"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("paid by"),
        on_delete=models.PROTECT,
        related_name="installations",
    )
    scope = models.CharField(_("installed for a"), max_length=12, choices=HolderKind.choices)
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="installations",
    )
    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.PENDING
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    installed_by = models.ForeignKey(
        User,
        verbose_name=_("installed by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"))
    installed_at = models.DateTimeField(_("installed at"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            models.CheckConstraint(
                condition=scope_fits_holder(), name="subscriptions_installation_one_holder"
            ),
            models.UniqueConstraint(
                fields=["app", "site"],
                condition=Q(scope="SITE", status__in=["PENDING", "ACTIVE"]),
                name="subscriptions_installation_one_per_site",
            ),
            models.UniqueConstraint(
                fields=["app", "organization"],
                condition=Q(scope="ORGANIZATION", status__in=["PENDING", "ACTIVE"]),
                name="subscriptions_installation_one_per_organization",
            ),
            models.UniqueConstraint(
                fields=["app", "user"],
                condition=Q(scope="USER", status__in=["PENDING", "ACTIVE"]),
                name="subscriptions_installation_one_per_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.app} · {self.holder}"

    @property
    def holder(self) -> Holder:
        """Who it is installed for."""
        return holder_of(self)


class Subscription(models.Model):
    """What a holder has of an app's plans, and on which terms. Free plans have one too.

    It lives through plan changes; its paid history is in :class:`Period`.
    """

    class Status(models.TextChoices):
        """Where it stands."""

        TRIALING = "TRIALING", _("On trial")
        """On a trial plan or in a trial; the same access as paid."""
        ACTIVE = "ACTIVE", _("Active")
        """Running, free or paid."""
        PAST_DUE = "PAST_DUE", _("Payment failed")
        """A renewal failed; access stays for the days of grace."""
        ENDED = "ENDED", _("Ended")
        """Over."""

    LIVE = (Status.TRIALING, Status.ACTIVE, Status.PAST_DUE)

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    installation = models.OneToOneField(
        Installation,
        verbose_name=_("installation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscription",
        help_text=_("Empty only where the program sells without an installation."),
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("paid by"),
        on_delete=models.PROTECT,
        related_name="subscriptions",
    )
    scope = models.CharField(_("held by a"), max_length=12, choices=HolderKind.choices)
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
    )
    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="subscriptions"
    )
    price = models.ForeignKey(
        Price,
        verbose_name=_("kept price"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        help_text=_("The row it was sold at; empty for free and trial plans."),
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    units = models.PositiveIntegerField(_("accounts counted"), default=1)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    anchor_on = models.DateField(
        _("anchor day"),
        null=True,
        blank=True,
        help_text=_("The day that periods are counted from; month ends are cut, not moved."),
    )
    period_started_at = models.DateTimeField(_("period since"), null=True, blank=True)
    period_ends_at = models.DateTimeField(_("renews at"), null=True, blank=True)
    trial_ends_at = models.DateTimeField(_("trial ends at"), null=True, blank=True)
    cancels_at = models.DateTimeField(_("cancels at"), null=True, blank=True)
    payment_method = models.ForeignKey(
        PaymentMethod,
        verbose_name=_("payment method"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    entitlement = models.ForeignKey(
        Entitlement,
        verbose_name=_("entitlement"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    version = models.PositiveIntegerField(
        _("version"),
        default=1,
        help_text=_("Rises with each change, so that an older quote is known to be stale."),
    )
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            models.CheckConstraint(
                condition=scope_fits_holder(), name="subscriptions_subscription_one_holder"
            ),
            models.UniqueConstraint(
                fields=["app", "site"],
                condition=Q(scope="SITE", status__in=["TRIALING", "ACTIVE", "PAST_DUE"]),
                name="subscriptions_subscription_one_per_site",
            ),
            models.UniqueConstraint(
                fields=["app", "organization"],
                condition=Q(scope="ORGANIZATION", status__in=["TRIALING", "ACTIVE", "PAST_DUE"]),
                name="subscriptions_subscription_one_per_organization",
            ),
            models.UniqueConstraint(
                fields=["app", "user"],
                condition=Q(scope="USER", status__in=["TRIALING", "ACTIVE", "PAST_DUE"]),
                name="subscriptions_subscription_one_per_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.holder}"

    @property
    def holder(self) -> Holder:
        """Who has the plan."""
        return holder_of(self)


class Period(models.Model):
    """One paid stretch of a subscription, charged at most once.

    Days are whole days in the organization's time zone; ``ends_on`` is the first day that is
    *not* in the period. ``amount`` is its full price before any credit, which is what unused
    days are worth.
    """

    class State(models.TextChoices):
        """Whether it is paid and how it ended."""

        DUE = "DUE", _("Due")
        """Reserved by a renewal that is under way."""
        PAID = "PAID", _("Paid")
        """Charged, or settled by credit."""
        CUT = "CUT", _("Cut short")
        """An upgrade ended it; its unused days were credited."""

    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("subscription"),
        on_delete=models.PROTECT,
        related_name="periods",
    )
    number = models.PositiveIntegerField(_("number"))
    price = models.ForeignKey(
        Price, verbose_name=_("price"), on_delete=models.PROTECT, related_name="+"
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until, not included"))
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    amount = models.BigIntegerField(_("price of the period, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    commission_rate = models.DecimalField(
        _("commission"), max_digits=5, decimal_places=4, default=0
    )
    state = models.CharField(_("state"), max_length=4, choices=State.choices)
    reference = models.CharField(_("order"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "number"], name="subscriptions_period_number"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="subscriptions_period_has_days"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.ends_on - self.starts_on).days


class InstallationToken(models.Model):
    """The pair of tokens with which an app calls us for one installation.

    Look-ups go by digest. The readable pair is kept, encrypted, only until the install order is
    settled, so that an ask that is sent again has the same body.
    """

    installation = models.ForeignKey(
        Installation,
        verbose_name=_("installation"),
        on_delete=models.CASCADE,
        related_name="tokens",
    )
    access_digest = models.CharField(max_length=64, unique=True, editable=False)
    refresh_digest = models.CharField(max_length=64, unique=True, editable=False)
    access_sealed = EncryptedTextField(blank=True, editable=False)
    refresh_sealed = EncryptedTextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("access expires at"))
    first_used_at = models.DateTimeField(_("first used at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("installation token")
        verbose_name_plural = _("installation tokens")

    def __str__(self) -> str:
        return f"{self.installation} · {self.created_at:%Y-%m-%d %H:%M}"

    def is_usable(self, now: dt.datetime) -> bool:
        """Whether the access token opens anything at ``now``."""
        return (
            self.revoked_at is None
            and now < self.expires_at
            and self.installation.status in Installation.OPEN
        )


def holder_of(row: Installation | Subscription) -> Holder:
    """Return the holder of a row whose organization pays and holds only by scope."""
    if row.scope == HolderKind.SITE:
        return Holder(site=row.site)
    if row.scope == HolderKind.USER:
        return Holder(user=row.user)
    return Holder(organization=row.organization)
