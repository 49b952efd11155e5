"""Asks: synchronous questions to an app."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import App
from apps.core.encryption import EncryptedTextField
from apps.core.ids import new_public_id


class Ask(models.Model):
    """One question to an app, sent as often as needed with the same id and the same bytes."""

    class Outcome(models.TextChoices):
        """What came of the question; the last attempt's, once it is settled."""

        YES = "YES", _("Yes")
        """The dialect's yes, read in time."""
        REFUSED = "REFUSED", _("Refused")
        """A 4xx: the app's no, with its text."""
        NOT_SENT = "NOT_SENT", _("Not sent")
        """It failed before the request was written: the app cannot have acted."""
        UNKNOWN = "UNKNOWN", _("No answer")
        """Anything else: the app may have acted."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    key = models.CharField(
        _("key"),
        max_length=120,
        unique=True,
        help_text=_("The act this ask is for, so that it exists once: order number and act."),
    )
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="asks"
    )
    dialect = models.CharField(_("dialect"), max_length=40)
    kind = models.CharField(_("kind"), max_length=20)
    url = models.CharField(_("URL"), max_length=2000)
    body = EncryptedTextField(
        blank=True,
        editable=False,
        help_text=_("The exact bytes, kept until the order is settled."),
    )
    masked_body = models.TextField(_("body"), help_text=_("With secrets masked."))
    timeout = models.PositiveIntegerField(_("timeout, seconds"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, blank=True)
    answer_text = models.CharField(
        _("the app's words"), max_length=500, blank=True, help_text=_("Plain text, bounded.")
    )
    created_at = models.DateTimeField(_("created at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ask")
        verbose_name_plural = _("asks")

    def __str__(self) -> str:
        return f"{self.kind} → {self.app}"
