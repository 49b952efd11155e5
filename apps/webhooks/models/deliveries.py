"""Endpoints of apps and the deliveries of events to them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import App
from apps.core.encryption import EncryptedTextField
from apps.core.ids import new_public_id
from apps.webhooks.models.events import Event


class Endpoint(models.Model):
    """A URL of an app that wants events, in one format."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.CASCADE, related_name="endpoints"
    )
    url = models.URLField(_("URL"), max_length=2000)
    format = models.CharField(_("format"), max_length=40, default="standard")
    event_types = models.JSONField(
        _("event types"), default=list, blank=True, help_text=_("Empty: all of them.")
    )
    secret = EncryptedTextField(_("signing secret"), editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("endpoint")
        verbose_name_plural = _("endpoints")
        constraints = [
            models.UniqueConstraint(fields=["app", "url"], name="webhooks_endpoint_url_once")
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event on its way to one endpoint: its body is rendered once and never changes."""

    class Status(models.TextChoices):
        """Where the delivery stands."""

        PENDING = "PENDING", _("Waiting")
        """Due at ``next_attempt_at``."""
        DELIVERED = "DELIVERED", _("Delivered")
        """The endpoint took it."""
        FAILED = "FAILED", _("Given up")
        """Every retry is used up."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    event = models.ForeignKey(
        Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="deliveries"
    )
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("endpoint"), on_delete=models.PROTECT, related_name="deliveries"
    )
    body = models.TextField(_("body"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    lease_token = models.UUIDField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhooks_delivery_once")
        ]
        indexes = [
            # What is due: the sender's only question.
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(status="PENDING"),
                name="webhooks_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.endpoint}"
