"""A program: the selling rules that an app is under, each rule a field that staff can edit."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Program(models.Model):
    """The rules of sale. A change acts on new orders only.

    The four presets that a migration ships hold the rule sets of LiveChat, Duda, Discord and
    GitHub. No code asks which of them a program is: it reads the field.
    """

    class InstallsOn(models.TextChoices):
        """What an app of this program is installed for."""

        SITE = "SITE", _("Site")
        """One installation for each site."""
        ORGANIZATION = "ORGANIZATION", _("Organization")
        """One installation for the whole organization."""
        USER = "USER", _("Person")
        """One installation for each person."""
        NONE = "NONE", _("Nothing")
        """Sold without an installation: the subscription stands alone."""

    class Downgrade(models.TextChoices):
        """Whether a buyer may move to a lower plan."""

        NOT_OFFERED = "NOT_OFFERED", _("Not offered")
        """Only higher grades are sold; to go down is to uninstall and install again."""
        AT_PERIOD_END = "AT_PERIOD_END", _("At the end of the period")
        """Taken as a pending change that the buyer can revoke."""

    class UpgradeAnchor(models.TextChoices):
        """Which days an upgrade pays for."""

        RESET = "RESET", _("A new period starts today")
        """A full new period from today, less the credit for unused days."""
        KEEP = "KEEP", _("The renewal date stays")
        """Only the days left until the next renewal, less the credit for the same days."""

    class AfterEnd(models.TextChoices):
        """What happens to an installation whose paid access ends."""

        FREE_PLAN = "FREE_PLAN", _("Move to the free plan")
        """Where the app has one; otherwise it is uninstalled."""
        KEEP_LOCKED = "KEEP_LOCKED", _("Keep it, locked by the app")
        """The app itself shuts the door."""
        UNINSTALL = "UNINSTALL", _("Uninstall")
        """The app is told to remove itself."""

    class TrialEnd(models.TextChoices):
        """What a trial's end does."""

        APP_ENFORCED = "APP_ENFORCED", _("The app enforces it")
        """We keep the plan; the app locks its door and asks for an upgrade."""
        CONVERT = "CONVERT", _("Becomes paid")
        """The paid plan starts and is charged."""

    class OwnPurchase(models.TextChoices):
        """What happens when a vendor buys its own app."""

        ALLOWED = "ALLOWED", _("Like anyone's")
        """No special rule."""
        REFUSED = "REFUSED", _("Refused when it costs something")
        """A vendor cannot buy its own paid offer; a free one is how it tests."""
        FULL_DISCOUNT = "FULL_DISCOUNT", _("At 100 % off")
        """A live purchase that costs nothing and needs no payment method."""

    class RenewalEvents(models.TextChoices):
        """Which of Discord's two generations of renewal behaviour the entitlements follow."""

        SEED = "SEED", _("Each renewal moves the end date")
        """``ends_at`` is set, and each renewal is an entitlement update."""
        CURRENT = "CURRENT", _("No end date while it lives")
        """``ends_at`` is null until the subscription ends; renewals say nothing."""

    class PartnerEdit(models.TextChoices):
        """One kind of change that a partner may make to its plans without staff."""

        PROFILES = "PROFILES", _("Plan texts")
        """Add, delete and edit localized plan profiles."""
        FLAGS = "FLAGS", _("Default and hidden flags")
        """Change ``is_default`` and ``is_hidden``."""
        GRADES = "GRADES", _("Grades")
        """Change the order of plans."""
        FREE_TO_TRIAL = "FREE_TO_TRIAL", _("Free to trial")
        """Change a plan's type from FREE to TRIAL."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    description = models.TextField(_("description"), blank=True)
    assumptions = models.TextField(
        _("assumed figures"),
        blank=True,
        help_text=_("Figures that the vendor does not publish, and what was assumed instead."),
    )
    installs_on = models.CharField(
        _("installs on"), max_length=12, choices=InstallsOn.choices, default=InstallsOn.SITE
    )
    plan_asks = models.CharField(
        _("dialect of plan asks"),
        max_length=40,
        blank=True,
        help_text=_("Blank: the app is not asked about installs and plan changes."),
    )
    upgrade_asks = models.CharField(_("dialect of upgrade asks"), max_length=40, blank=True)
    event_format = models.CharField(_("offered event format"), max_length=40, default="standard")
    ask_timeout = models.PositiveIntegerField(
        _("ask timeout, seconds"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    ask_deadline = models.PositiveIntegerField(
        _("give-up time, seconds"),
        default=7200,
        help_text=_("An order that has no answer by then is given up."),
        validators=[MinValueValidator(1), MaxValueValidator(7 * 86400)],
    )
    downgrade = models.CharField(
        _("downgrades"), max_length=16, choices=Downgrade.choices, default=Downgrade.NOT_OFFERED
    )
    upgrade_anchor = models.CharField(
        _("upgrades"), max_length=8, choices=UpgradeAnchor.choices, default=UpgradeAnchor.RESET
    )
    after_end = models.CharField(
        _("after paid access ends"),
        max_length=12,
        choices=AfterEnd.choices,
        default=AfterEnd.FREE_PLAN,
    )
    trial_days = models.PositiveIntegerField(_("trial, days"), null=True, blank=True)
    trial_end = models.CharField(
        _("end of a trial"), max_length=16, choices=TrialEnd.choices, default=TrialEnd.APP_ENFORCED
    )
    trial_needs_payment_method = models.BooleanField(
        _("a trial needs a payment method"), default=False
    )
    own_purchase = models.CharField(
        _("a vendor's own purchase"),
        max_length=16,
        choices=OwnPurchase.choices,
        default=OwnPurchase.ALLOWED,
    )
    disable_credit = models.BooleanField(_("credit when an upgrade is disabled"), default=False)
    renewal_events = models.CharField(
        _("renewals in entitlements"),
        max_length=8,
        choices=RenewalEvents.choices,
        default=RenewalEvents.SEED,
    )
    max_subscription_skus = models.PositiveIntegerField(
        _("most subscription SKUs"), null=True, blank=True
    )
    max_plans = models.PositiveIntegerField(_("most plans"), null=True, blank=True)
    commission_rate = models.DecimalField(
        _("commission"),
        max_digits=5,
        decimal_places=4,
        default=0,
        help_text=_("A share between 0 and 1; 0.2000 is 20 %."),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    payout_first = models.BigIntegerField(_("first payout from, minor units"), default=0)
    payout_minimum = models.BigIntegerField(_("later payouts from, minor units"), default=0)
    partner_edits = models.JSONField(_("partners may edit"), default=list, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        constraints = [
            models.CheckConstraint(
                condition=Q(commission_rate__gte=0, commission_rate__lte=1),
                name="catalog_program_commission_share",
            )
        ]

    def __str__(self) -> str:
        return self.name
