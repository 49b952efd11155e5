"""Orders: one run of the purchase saga each."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization, User
from apps.catalog.models import App, Program
from apps.core.ids import new_number, new_public_id
from apps.core.modes import Mode
from apps.orders.models.quotes import Quote
from apps.payments.models import Payment, PaymentMethod
from apps.subscriptions.models import Installation
from apps.webhooks.models import Attempt


class Order(models.Model):
    """An order moves by the table in ``apps/orders/saga.py`` and by nothing else."""

    class Kind(models.TextChoices):
        """What is being bought."""

        INSTALL = "INSTALL", _("Install")
        """An app on a site for the first time."""
        CHANGE_PLAN = "CHANGE_PLAN", _("Plan change")
        """Another plan for an installation."""

    class Status(models.TextChoices):
        """Where the order is. Eight are open, four are ends."""

        PLACED = "PLACED", _("Placed")
        """The money is not held yet."""
        PAYER_ACTION = "PAYER_ACTION", _("Waiting for the payer")
        """The payer's bank wants a second look."""
        AUTHORIZED = "AUTHORIZED", _("Asking the app")
        """The money is held; the app is being asked."""
        WAITING = "WAITING", _("Waiting for the app")
        """The app said that it will answer later."""
        ACCEPTED = "ACCEPTED", _("Accepted")
        """The app said yes; the money is being taken."""
        CAPTURED = "CAPTURED", _("Charged")
        """The money was taken; our own rows come next."""
        RELEASING = "RELEASING", _("Releasing the money")
        """It will not happen: the hold is let go, or the money goes back."""
        UNDOING = "UNDOING", _("Undoing")
        """The app may have acted and is being told to undo it."""
        COMPLETED = "COMPLETED", _("Done")
        """All of it happened."""
        DECLINED = "DECLINED", _("Payment declined")
        """Payment's no; nothing else happened."""
        REJECTED = "REJECTED", _("Refused")
        """The app's no, with its text."""
        ABANDONED = "ABANDONED", _("Called off")
        """Given up for the reason given."""

    class Reason(models.TextChoices):
        """Why an order ended without success."""

        NO_ANSWER = "NO_ANSWER", _("The app did not answer")
        """Asked, and no answer until the give-up time."""
        APP_DOWN = "APP_DOWN", _("The app could not be reached")
        """Never reached until the give-up time."""
        WITHDRAWN = "WITHDRAWN", _("Cancelled")
        """Called off by the buyer or by staff."""
        CAPTURE_FAILED = "CAPTURE_FAILED", _("The payment failed")
        """The hold could not be turned into a charge."""
        PAYMENT_LOST = "PAYMENT_LOST", _("The payment could not be confirmed")
        """The gateway never said whether it held the money."""
        EXPIRED = "EXPIRED", _("The payer did not confirm in time")
        """The quote ran out while the bank waited for the payer."""
        STALE = "STALE", _("Something changed in between")
        """What was quoted is no longer so."""
        NOT_STARTED = "NOT_STARTED", _("It could not be started in time")
        """Nobody took it up before the give-up time: our own outage."""
        TAKEN_DOWN = "TAKEN_DOWN", _("The app was suspended")
        """The app was taken off the marketplace in mid-order."""

    OPEN = (
        Status.PLACED,
        Status.PAYER_ACTION,
        Status.AUTHORIZED,
        Status.WAITING,
        Status.ACCEPTED,
        Status.CAPTURED,
        Status.RELEASING,
        Status.UNDOING,
    )
    ENDED_WITHOUT_SUCCESS = (Status.DECLINED, Status.REJECTED, Status.ABANDONED)

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(_("number"), default=new_number, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.PLACED
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    ending = models.CharField(
        max_length=12,
        choices=Status.choices,
        blank=True,
        editable=False,
        help_text=_("Where the order goes once the money is free and the app has undone it."),
    )
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("paid by"),
        on_delete=models.PROTECT,
        related_name="orders",
    )
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="orders"
    )
    installation = models.ForeignKey(
        Installation,
        verbose_name=_("installation"),
        on_delete=models.PROTECT,
        related_name="orders",
    )
    quote = models.ForeignKey(
        Quote, verbose_name=_("quote"), on_delete=models.PROTECT, related_name="orders"
    )
    payment_method = models.ForeignKey(
        PaymentMethod,
        verbose_name=_("payment method"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    payment = models.OneToOneField(
        Payment,
        verbose_name=_("payment"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="order",
    )
    total = models.BigIntegerField(_("total, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    # The program's rules as they were when the order was placed: a change acts on new orders.
    plan_asks = models.CharField(_("dialect of the ask"), max_length=40, blank=True)
    ask_timeout = models.PositiveIntegerField(_("ask timeout, seconds"), default=60)
    commission_rate = models.DecimalField(
        _("commission"), max_digits=5, decimal_places=4, default=0
    )
    trial_days = models.PositiveIntegerField(_("trial, days"), null=True, blank=True)
    renewal_events = models.CharField(
        _("renewals in entitlements"),
        max_length=8,
        choices=Program.RenewalEvents.choices,
        default=Program.RenewalEvents.SEED,
    )
    actor = models.ForeignKey(
        User,
        verbose_name=_("placed by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
    )
    placed_at = models.DateTimeField(_("placed at"))
    give_up_at = models.DateTimeField(_("given up at"))
    next_attempt_at = models.DateTimeField(_("next step at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    app_may_have_acted = models.BooleanField(
        _("the app may have acted"),
        default=False,
        help_text=_("An ask of this order went out and had no clear no."),
    )
    second_undo_at = models.DateTimeField(null=True, blank=True, editable=False)
    refusal_text = models.CharField(
        _("the app's words"), max_length=500, blank=True, help_text=_("Plain text, bounded.")
    )
    parked_at = models.DateTimeField(_("parked at"), null=True, blank=True)
    parked_why = models.CharField(_("parked because"), max_length=300, blank=True)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["installation"],
                condition=Q(
                    status__in=[
                        "PLACED",
                        "PAYER_ACTION",
                        "AUTHORIZED",
                        "WAITING",
                        "ACCEPTED",
                        "CAPTURED",
                        "RELEASING",
                        "UNDOING",
                    ]
                ),
                name="orders_order_one_open_per_installation",
            ),
            # A quote is sold at most once; after a no it may be tried again until it expires.
            models.UniqueConstraint(
                fields=["quote"],
                condition=~Q(status__in=["DECLINED", "REJECTED", "ABANDONED"]),
                name="orders_order_quote_sold_once",
            ),
        ]
        indexes = [
            # The resume sweep: open orders whose next step is due.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(parked_at__isnull=True, next_attempt_at__isnull=False),
                name="orders_order_due",
            ),
            # Orders of an organization, newest first.
            models.Index(fields=["organization", "-placed_at"], name="orders_order_of_payer"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def reference(self) -> str:
        """The text under which the ledger, events and entitlements name this order."""
        return f"order:{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it has not come to an end."""
        return self.status in self.OPEN

    def key(self, act: str) -> str:
        """The idempotency key of one outbound act of this order."""
        return f"{self.number}:{act}"


class OrderEvent(models.Model):
    """One move of an order, or one thing that happened to it. Rows are only ever added."""

    order = models.ForeignKey(
        Order, verbose_name=_("order"), on_delete=models.PROTECT, related_name="events"
    )
    at = models.DateTimeField(_("at"))
    outcome = models.CharField(_("what happened"), max_length=40)
    from_status = models.CharField(_("from"), max_length=12, choices=Order.Status.choices)
    to_status = models.CharField(_("to"), max_length=12, choices=Order.Status.choices)
    actor = models.ForeignKey(
        User,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    text = models.CharField(_("detail"), max_length=500, blank=True)
    attempt = models.ForeignKey(
        Attempt,
        verbose_name=_("attempt"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        indexes = [models.Index(fields=["order", "at"], name="orders_orderevent_story")]

    def __str__(self) -> str:
        return f"{self.order} {self.from_status} → {self.to_status}"
