"""Events: facts, written in the transaction that makes them true."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.holders import exactly_one_holder
from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App
from apps.core.ids import new_public_id
from apps.core.modes import Mode


class EventStream(models.Model):
    """The order of events between one app and one customer.

    ``last_sequence`` is taken by an UPDATE inside the transaction that writes the event, so the
    numbers of a stream have no gaps and follow the commits.
    """

    app = models.ForeignKey(App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(
        Site, verbose_name=_("site"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    last_sequence = models.BigIntegerField(_("last sequence number"), default=0)

    class Meta:
        verbose_name = _("event stream")
        verbose_name_plural = _("event streams")
        constraints = [
            models.CheckConstraint(
                condition=exactly_one_holder(), name="webhooks_eventstream_one_holder"
            ),
            models.UniqueConstraint(
                fields=["app", "site"],
                condition=Q(site__isnull=False),
                name="webhooks_eventstream_site",
            ),
            models.UniqueConstraint(
                fields=["app", "organization"],
                condition=Q(organization__isnull=False),
                name="webhooks_eventstream_organization",
            ),
            models.UniqueConstraint(
                fields=["app", "user"],
                condition=Q(user__isnull=False),
                name="webhooks_eventstream_user",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.app} · {self.site or self.organization or self.user}"


class Event(models.Model):
    """A fact about a customer of an app, with its data frozen as it was then."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    type = models.CharField(_("type"), max_length=60)
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="events"
    )
    stream = models.ForeignKey(
        EventStream, verbose_name=_("stream"), on_delete=models.PROTECT, related_name="events"
    )
    sequence = models.BigIntegerField(_("sequence"))
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    data = models.JSONField(_("data"))
    reference = models.CharField(
        _("cause"), max_length=120, blank=True, help_text=_("The order it came from.")
    )
    occurred_at = models.DateTimeField(_("occurred at"))
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)
    fanned_out_at = models.DateTimeField(_("handed to delivery at"), null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(fields=["stream", "sequence"], name="webhooks_event_sequence")
        ]
        indexes = [
            # The sweep for events that a crash kept from the delivery engine.
            models.Index(
                fields=["id"],
                condition=Q(fanned_out_at__isnull=True),
                name="webhooks_event_to_fan_out",
            ),
            # The order page: all events of one order.
            models.Index(fields=["reference"], name="webhooks_event_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.type} #{self.sequence}"
