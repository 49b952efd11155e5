"""Attempts: one HTTP request each, written down before it is sent."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.webhooks.models.asks import Ask
from apps.webhooks.models.deliveries import Delivery


class Attempt(models.Model):
    """One request for an ask or a delivery.

    The row is committed as SENDING before the request goes out. A row that is still SENDING when
    its lease has run out means that the app may have been asked; no row means that it was not.
    """

    class State(models.TextChoices):
        """Whether the request has come back."""

        SENDING = "SENDING", _("Sending")
        """Written before the request; what came of it is not known yet."""
        DONE = "DONE", _("Done")
        """Its result is recorded."""
        LOST = "LOST", _("Lost")
        """Whoever sent it died before recording a result."""

    ask = models.ForeignKey(
        Ask, verbose_name=_("ask"), on_delete=models.PROTECT, null=True, related_name="attempts"
    )
    delivery = models.ForeignKey(
        Delivery,
        verbose_name=_("delivery"),
        on_delete=models.PROTECT,
        null=True,
        related_name="attempts",
    )
    number = models.PositiveIntegerField(_("number"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.SENDING)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Ask.Outcome.choices, blank=True)
    error = models.CharField(
        _("error"),
        max_length=12,
        blank=True,
        help_text=_("dns, refused, tls, blocked, timeout, broken or status."),
    )
    error_text = models.CharField(_("in words"), max_length=300, blank=True)
    status_code = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    request_headers = models.JSONField(_("request headers"), default=dict)
    answer_headers = models.JSONField(_("answer headers"), default=dict)
    answer_body = models.TextField(_("answer"), blank=True, help_text=_("The first 2 KB."))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    duration_ms = models.PositiveIntegerField(_("took, ms"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.CheckConstraint(
                condition=Q(ask__isnull=False, delivery__isnull=True)
                | Q(ask__isnull=True, delivery__isnull=False),
                name="webhooks_attempt_for_one_thing",
            ),
            models.UniqueConstraint(
                fields=["ask", "number"],
                condition=Q(ask__isnull=False),
                name="webhooks_attempt_ask_number",
            ),
            models.UniqueConstraint(
                fields=["delivery", "number"],
                condition=Q(delivery__isnull=False),
                name="webhooks_attempt_delivery_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ask or self.delivery} ({self.number})"
