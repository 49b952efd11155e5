"""Plans and their texts per language."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.catalog.models.apps import App
from apps.catalog.models.skus import Sku


class Plan(models.Model):
    """One step of an app's ladder. Its UUID never changes and it is retired, never deleted."""

    class PlanType(models.TextChoices):
        """Whether and how it is paid."""

        FREE = "FREE", _("Free")
        """Costs nothing, for ever."""
        TRIAL = "TRIAL", _("Trial")
        """Costs nothing for a while; the same access as paid."""
        PAID = "PAID", _("Paid")
        """Sold at the price in force; without one it is not offered."""

    sku = models.OneToOneField(
        Sku, verbose_name=_("SKU"), on_delete=models.PROTECT, related_name="plan"
    )
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.PROTECT, related_name="plans"
    )
    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    plan_type = models.CharField(_("type"), max_length=8, choices=PlanType.choices)
    grade = models.IntegerField(_("grade"))
    is_hidden = models.BooleanField(_("hidden"), default=False)
    is_default = models.BooleanField(_("default"), default=False)
    position = models.PositiveIntegerField(_("position within the app"))
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    extras = models.JSONField(_("other keys"), default=dict, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [
            models.UniqueConstraint(
                fields=["app"],
                condition=Q(is_default=True, retired_at__isnull=True),
                name="catalog_plan_one_default",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(plan_type__in=["FREE", "TRIAL"]),
                name="catalog_plan_default_costs_nothing",
            ),
            models.UniqueConstraint(
                fields=["app", "grade"],
                condition=Q(retired_at__isnull=True),
                name="catalog_plan_grade",
            ),
            models.UniqueConstraint(fields=["app", "position"], name="catalog_plan_position"),
        ]

    def __str__(self) -> str:
        return f"{self.app} · {self.sku.slug}"

    @property
    def is_retired(self) -> bool:
        """Whether it is no longer sold; who holds it keeps it."""
        return self.retired_at is not None


class PlanProfile(models.Model):
    """The texts of a plan in one language."""

    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.CASCADE, related_name="profiles"
    )
    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.CASCADE, related_name="+", editable=False
    )
    language = models.CharField(_("language"), max_length=35)
    name = models.CharField(_("name"), max_length=100)
    subtitle = models.CharField(_("subtitle"), max_length=300, blank=True)
    features = models.JSONField(
        _("features"), default=list, blank=True, help_text=_("Sanitised HTML, a line each.")
    )
    features_source = models.JSONField(default=list, blank=True, editable=False)
    extras = models.JSONField(_("other keys"), default=dict, blank=True, editable=False)
    is_live = models.BooleanField(
        _("in use"),
        default=True,
        editable=False,
        help_text=_("False once the plan is retired, which frees its name."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("plan text")
        verbose_name_plural = _("plan texts")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "language"], name="catalog_planprofile_language"
            ),
            models.UniqueConstraint(
                fields=["app", "language", "name"],
                condition=Q(is_live=True),
                name="catalog_planprofile_unique_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
