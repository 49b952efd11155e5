"""Quotes: nothing is charged that was not quoted."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan, Price, Sku
from apps.core.ids import new_code, new_public_id
from apps.core.modes import Mode
from apps.subscriptions.models import Installation


class Quote(models.Model):
    """What a plan will cost one buyer, line by line, held until ``expires_at``.

    ``plan`` from ``from_plan`` (null: a first install) at ``price`` (null: free).
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=12, default=new_code, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("paid by"),
        on_delete=models.PROTECT,
        related_name="quotes",
    )
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="quotes"
    )
    site = models.ForeignKey(
        Site,
        verbose_name=_("site"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quotes",
    )
    user = models.ForeignKey(
        User,
        verbose_name=_("person"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    installation = models.ForeignKey(
        Installation,
        verbose_name=_("installation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quotes",
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="+"
    )
    from_plan = models.ForeignKey(
        Plan,
        verbose_name=_("instead of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    price = models.ForeignKey(
        Price,
        verbose_name=_("price"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    from_price = models.ForeignKey(
        Price,
        verbose_name=_("instead of the price"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    units = models.PositiveIntegerField(_("accounts counted"), default=1)
    subscription_version = models.PositiveIntegerField(
        _("subscription's version"), null=True, blank=True
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    currency = models.CharField(_("currency"), max_length=3)
    total = models.BigIntegerField(_("total today, minor units"))
    period_starts_on = models.DateField(_("period from"), null=True, blank=True)
    period_ends_on = models.DateField(_("next renewal on"), null=True, blank=True)
    period_amount = models.BigIntegerField(
        _("price of the period, minor units"),
        null=True,
        blank=True,
        help_text=_("Before any credit: what the new period's unused days will be worth."),
    )
    renewal_amount = models.BigIntegerField(_("next renewal, minor units"), null=True, blank=True)
    anchor_on = models.DateField(_("anchor day"), null=True, blank=True)
    actor = models.ForeignKey(
        User,
        verbose_name=_("made for"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    made_at = models.DateTimeField(_("made at"))
    expires_at = models.DateTimeField(_("held until"))

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="orders_quote_not_negative"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="orders_quote_held_for_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Q-{self.code}"

    @property
    def is_install(self) -> bool:
        """Whether it quotes a first install rather than a change of plan."""
        return self.from_plan_id is None

    def is_held(self, now: dt.datetime) -> bool:
        """Whether it is still honoured at ``now``."""
        return now < self.expires_at


class QuoteLine(models.Model):
    """One amount of a quote with its reason, so that anyone can redo the sum.

    For a stretch of days: ``amount = ± unit_amount × quantity × days ÷ days_in_period``, rounded
    half to even once.
    """

    class Kind(models.TextChoices):
        """Why the amount is there."""

        PLAN = "PLAN", _("New plan")
        """The new plan's price for its first period."""
        CREDIT = "CREDIT", _("Credit for unused days")
        """What the days left on the old plan are worth."""
        BALANCE = "BALANCE", _("Credit from before")
        """Credit that an earlier order left over."""
        CARRIED = "CARRIED", _("Kept for later")
        """Credit beyond the new price: never paid out, kept for the next quotes."""
        TEST = "TEST", _("Test install")
        """Takes the price off a test install."""
        OWN = "OWN", _("Own app")
        """Takes the price off a vendor's own purchase, where the program says so."""

    quote = models.ForeignKey(
        Quote, verbose_name=_("quote"), on_delete=models.CASCADE, related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    sku = models.ForeignKey(
        Sku,
        verbose_name=_("SKU"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until, not included"), null=True, blank=True)
    days = models.PositiveIntegerField(_("days"), null=True, blank=True)
    days_in_period = models.PositiveIntegerField(_("of days"), null=True, blank=True)
    unit_amount = models.BigIntegerField(_("unit amount, minor units"), null=True, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    amount = models.BigIntegerField(_("amount, minor units"))
    commission_rate = models.DecimalField(
        _("commission"),
        max_digits=5,
        decimal_places=4,
        default=0,
        help_text=_("Of a credit: the rate at which its period was once booked."),
    )

    class Meta:
        verbose_name = _("quote line")
        verbose_name_plural = _("quote lines")
        constraints = [
            models.UniqueConstraint(fields=["quote", "position"], name="orders_quoteline_position")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
