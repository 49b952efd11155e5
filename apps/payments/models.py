"""Payment methods, payments, and each thing that was asked of a gateway."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.core.ids import new_public_id
from apps.core.modes import Mode


class PaymentMethod(models.Model):
    """A card that an organization pays with. The number itself is never stored."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="payment_methods",
    )
    gateway = models.CharField(_("gateway"), max_length=40)
    token = models.CharField(_("gateway's token"), max_length=200, editable=False)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("last four digits"), max_length=4)
    expires_month = models.PositiveSmallIntegerField(_("expires, month"))
    expires_year = models.PositiveSmallIntegerField(_("expires, year"))
    is_default = models.BooleanField(_("default"), default=False)
    added_by = models.ForeignKey(
        User,
        verbose_name=_("added by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("added at"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment method")
        verbose_name_plural = _("payment methods")
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(is_default=True, removed_at__isnull=True),
                name="payments_paymentmethod_one_default",
            ),
            models.CheckConstraint(
                condition=Q(expires_month__gte=1, expires_month__lte=12),
                name="payments_paymentmethod_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} ···· {self.last4}"


class Payment(models.Model):
    """The money of one order, at one gateway, from hold to capture or release."""

    class Status(models.TextChoices):
        """What the gateway is known to have done."""

        NEW = "NEW", _("Not asked yet")
        """The gateway has not answered, or was not asked."""
        ACTION = "ACTION", _("Payer must act")
        """The payer's bank wants a second look."""
        AUTHORIZED = "AUTHORIZED", _("Held")
        """The amount is held on the card."""
        CAPTURED = "CAPTURED", _("Charged")
        """The amount was taken."""
        DECLINED = "DECLINED", _("Declined")
        """The bank said no; nothing is held."""
        VOIDED = "VOIDED", _("Hold released")
        """The hold was let go; nothing was charged."""
        REFUNDED = "REFUNDED", _("Refunded")
        """What was charged went back in full."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    key = models.CharField(
        _("key"), max_length=120, unique=True, help_text=_("The order it pays for.")
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="payments",
    )
    method = models.ForeignKey(
        PaymentMethod,
        verbose_name=_("payment method"),
        on_delete=models.PROTECT,
        related_name="payments",
    )
    gateway = models.CharField(_("gateway"), max_length=40)
    reference = models.CharField(_("gateway's reference"), max_length=120, blank=True)
    action_url = models.CharField(_("where the payer acts"), max_length=500, blank=True)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount, minor units"))
    captured_amount = models.BigIntegerField(_("charged, minor units"), default=0)
    refunded_amount = models.BigIntegerField(_("refunded, minor units"), default=0)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.NEW
    )
    decline_text = models.CharField(_("why it was declined"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"))
    authorized_at = models.DateTimeField(_("held at"), null=True, blank=True)
    captured_at = models.DateTimeField(_("charged at"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_payment_positive"),
            models.CheckConstraint(
                condition=Q(captured_amount__gte=0, captured_amount__lte=F("amount")),
                name="payments_payment_captured_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("captured_amount")),
                name="payments_payment_refunded_within_captured",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount} {self.currency}"


class GatewayCall(models.Model):
    """One request to a gateway, written down before it is made."""

    class Act(models.TextChoices):
        """What was asked for."""

        AUTHORIZE = "AUTHORIZE", _("Hold")
        """Hold the amount."""
        CAPTURE = "CAPTURE", _("Charge")
        """Take what is held."""
        VOID = "VOID", _("Release")
        """Let the hold go."""
        REFUND = "REFUND", _("Refund")
        """Give back what was taken."""
        FIND = "FIND", _("Look up")
        """What is known under this key?"""

    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="calls"
    )
    act = models.CharField(_("act"), max_length=10, choices=Act.choices)
    key = models.CharField(_("idempotency key"), max_length=140)
    outcome = models.CharField(_("outcome"), max_length=12, blank=True)
    text = models.CharField(_("the gateway's words"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        verbose_name = _("gateway call")
        verbose_name_plural = _("gateway calls")

    def __str__(self) -> str:
        return f"{self.get_act_display()} {self.key}"


class SandboxCharge(models.Model):
    """The sandbox gateway's own book: what its imaginary bank knows about one key.

    It stands for a system outside ours, so nothing but the sandbox gateway reads it.
    """

    class State(models.TextChoices):
        """What the imaginary bank did with it."""

        ACTION = "ACTION", _("Waiting for the payer")
        """The payer must confirm on the bank's page."""
        HELD = "HELD", _("Held")
        """The amount is held."""
        CAPTURED = "CAPTURED", _("Captured")
        """The amount was taken."""
        DECLINED = "DECLINED", _("Declined")
        """The bank refused."""
        VOIDED = "VOIDED", _("Voided")
        """The hold was let go."""
        REFUNDED = "REFUNDED", _("Refunded")
        """What was taken went back."""

    key = models.CharField(max_length=140, unique=True)
    reference = models.CharField(max_length=40, unique=True)
    card = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    refunded_amount = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices)
    text = models.CharField(max_length=300, blank=True)
    calls = models.JSONField(
        default=dict, help_text=_("How often each idempotency key came, for late answers.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("sandbox charge")
        verbose_name_plural = _("sandbox charges")

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"
