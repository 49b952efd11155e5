"""SKUs and their immutable price rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.holders import HolderKind
from apps.accounts.models import User
from apps.accounts.validators import validate_currency
from apps.catalog.models.apps import App
from apps.core.ids import new_number, new_public_id


class Sku(models.Model):
    """A plan, an upgrade or a one-time item, seen as a thing to hold and to pay for.

    Price, entitlement, lot and quote line point here, so that no table has a pair of nullable
    keys. A plan's own facts are in :class:`Plan`, made in the same service.
    """

    class Kind(models.TextChoices):
        """Which of the three it is."""

        PLAN = "PLAN", _("Plan")
        """Exactly one is active for an installation."""
        UPGRADE = "UPGRADE", _("Upgrade")
        """An in-app upgrade, enabled beside the plan."""
        ITEM = "ITEM", _("Item")
        """A one-time purchase."""

    class Behaviour(models.TextChoices):
        """How it is held."""

        SUBSCRIPTION = "SUBSCRIPTION", _("Subscription")
        """Renews until it is cancelled."""
        ONCE = "ONCE", _("Once")
        """Held at most once at a time."""
        QUANTITY = "QUANTITY", _("By quantity")
        """Adds up in lots."""
        CONSUMABLE = "CONSUMABLE", _("Consumable")
        """Used up, then for sale again."""

    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="skus"
    )
    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    behaviour = models.CharField(_("behaviour"), max_length=12, choices=Behaviour.choices)
    holder = models.CharField(
        _("held by"),
        max_length=12,
        choices=HolderKind.choices,
        blank=True,
        help_text=_("Blank: whoever holds the installation."),
    )
    slug = models.SlugField(_("short name"), max_length=80)
    is_available = models.BooleanField(_("for sale"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        constraints = [
            models.UniqueConstraint(fields=["app", "slug"], name="catalog_sku_slug"),
        ]

    def __str__(self) -> str:
        return f"{self.app.slug}/{self.slug}"


class Price(models.Model):
    """One immutable row of a price's history.

    In force at a moment is the newest row with ``starts_at`` at or before it, for each SKU,
    currency and recurrency; there are no end dates, so two can never be in force at once. A row
    with ``amount`` null withdraws the price. What was sold points at the row it was sold at.
    """

    class Recurrency(models.TextChoices):
        """How often it is paid."""

        MONTHLY = "MONTHLY", _("Monthly")
        """Each month on the anchor day."""
        YEARLY = "YEARLY", _("Yearly")
        """Each year on the anchor day."""
        ONCE = "ONCE", _("Once")
        """A single time."""

    class Basis(models.TextChoices):
        """What the amount is multiplied by."""

        FLAT = "FLAT", _("Flat")
        """Nothing: the amount is the price, per organization or site."""
        PER_UNIT = "PER_UNIT", _("Per unit")
        """The quantity bought, such as seats."""
        PER_ACCOUNT = "PER_ACCOUNT", _("Per account")
        """The active members of the paying organization, clients not counted."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    sku = models.ForeignKey(
        Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="prices"
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    recurrency = models.CharField(_("paid"), max_length=8, choices=Recurrency.choices)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis.choices, default=Basis.FLAT)
    unit_name = models.CharField(_("unit"), max_length=40, blank=True)
    amount = models.BigIntegerField(
        _("amount, minor units"),
        null=True,
        blank=True,
        help_text=_("Empty: the price is withdrawn from the start date on."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    created_by = models.ForeignKey(
        User,
        verbose_name=_("set by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            # Its index also serves "the price in force": equality on three columns, then the
            # newest start.
            models.UniqueConstraint(
                fields=["sku", "currency", "recurrency", "starts_at"],
                name="catalog_price_one_per_start",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0),
                name="catalog_price_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(basis="PER_UNIT") | ~Q(unit_name=""), name="catalog_price_unit_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.amount} {self.currency} {self.recurrency}"
