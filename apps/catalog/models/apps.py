"""Apps, their texts per language, their credentials and the manifests they came from."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.accounts.models import Organization, User
from apps.catalog.models.programs import Program
from apps.core.encryption import EncryptedTextField
from apps.core.ids import new_number
from apps.core.modes import Mode


class App(models.Model):
    """An app that a vendor publishes on the marketplace."""

    class Status(models.TextChoices):
        """Where the listing stands."""

        DRAFT = "DRAFT", _("Draft")
        """Seen by its vendor and by staff alone."""
        PUBLISHED = "PUBLISHED", _("Published")
        """On the store and for sale."""
        SUSPENDED = "SUSPENDED", _("Suspended")
        """No sale and no launch; open orders are called off."""
        DELISTED = "DELISTED", _("Delisted")
        """No sale; what runs goes on until its period ends."""

    class WindowType(models.TextChoices):
        """Where the app opens."""

        IFRAME = "IFRAME", _("Inside the marketplace")
        """In a frame of the marketplace's page."""
        NEW_TAB = "NEW_TAB", _("In a new tab")
        """In a tab of its own."""

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    vendor = models.ForeignKey(
        Organization, verbose_name=_("vendor"), on_delete=models.PROTECT, related_name="apps"
    )
    program = models.ForeignKey(
        Program, verbose_name=_("program"), on_delete=models.PROTECT, related_name="apps"
    )
    name = models.CharField(
        _("name"), max_length=100, help_text=_("Shown where no text in the reader's language is.")
    )
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.DRAFT
    )
    install_url = models.URLField(_("install URL"), max_length=2000, blank=True)
    change_url = models.URLField(_("plan change URL"), max_length=2000, blank=True)
    uninstall_url = models.URLField(_("uninstall URL"), max_length=2000, blank=True)
    launch_url = models.URLField(_("launch URL"), max_length=2000, blank=True)
    window_type = models.CharField(
        _("opens"), max_length=8, choices=WindowType.choices, default=WindowType.IFRAME
    )
    visible_to_clients = models.BooleanField(_("clients see it"), default=True)
    is_in_beta = models.BooleanField(_("coming soon"), default=False)
    supported_locales = models.JSONField(_("languages"), default=list, blank=True)
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    required_fields = models.JSONField(_("required fields"), default=list, blank=True)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    site_webhook = models.JSONField(
        _("webhook for site events"),
        default=dict,
        blank=True,
        help_text=_("As the app's manifest gave it; kept and given back, nothing is sent to it."),
    )
    extras = models.JSONField(
        _("other keys"),
        default=dict,
        blank=True,
        help_text=_("Keys of the app's manifest that we do not know; kept and given back."),
    )
    repeats_are_safe = models.BooleanField(
        _("drops repeated asks"),
        default=False,
        help_text=_("The app proved that it drops a second ask with the same webhook-id."),
    )
    secret = EncryptedTextField(_("signing secret"), editable=False, blank=True)
    private_key = EncryptedTextField(_("private key"), editable=False, blank=True)
    public_key = models.TextField(_("public key"), editable=False, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    history = HistoricalRecords(excluded_fields=["secret", "private_key"])

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")

    def __str__(self) -> str:
        return self.name

    @property
    def is_on_sale(self) -> bool:
        """Whether it can be bought now by anyone."""
        return self.status == self.Status.PUBLISHED and not self.is_in_beta


class AppProfile(models.Model):
    """The store texts of an app in one language, with its brand or white-labelled."""

    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.CASCADE, related_name="profiles"
    )
    language = models.CharField(_("language"), max_length=35)
    is_white_label = models.BooleanField(_("white label"), default=False)
    name = models.CharField(_("name"), max_length=100)
    logo_url = models.URLField(_("logo"), max_length=2000, blank=True)
    short_description = models.CharField(_("short description"), max_length=300, blank=True)
    long_description = models.TextField(
        _("long description"), blank=True, help_text=_("Sanitised; what was sent is kept too.")
    )
    long_description_source = models.TextField(blank=True, editable=False)
    public_page = models.URLField(_("public page"), max_length=2000, blank=True)
    terms_of_service_page = models.URLField(_("terms of service"), max_length=2000, blank=True)
    privacy_note_page = models.URLField(_("privacy note"), max_length=2000, blank=True)
    screenshots = models.JSONField(_("screenshots"), default=list, blank=True)
    extras = models.JSONField(_("other keys"), default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("app text")
        verbose_name_plural = _("app texts")
        constraints = [
            models.UniqueConstraint(
                fields=["app", "language", "is_white_label"], name="catalog_appprofile_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class AppCredential(models.Model):
    """What an app's server signs in with. Only the secret's digest is kept."""

    class Kind(models.TextChoices):
        """How the credential is presented."""

        BASIC = "BASIC", _("User and password")
        """HTTP Basic, as Duda's partner API wants it."""
        BOT = "BOT", _("Bot token")
        """``Authorization: Bot``, as Discord's API wants it."""
        CLIENT = "CLIENT", _("Client id and secret")
        """OAuth client credentials, as GitHub's apps use them."""
        API = "API", _("API token")
        """A bearer token of the marketplace's own API."""

    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.CASCADE, related_name="credentials"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.LIVE)
    identifier = models.CharField(_("user name"), max_length=80, unique=True)
    digest = models.CharField(max_length=64, editable=False)
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("app credential")
        verbose_name_plural = _("app credentials")

    def __str__(self) -> str:
        return f"{self.app} · {self.identifier}"


class CatalogManifest(models.Model):
    """The last manifest that was applied to an app, word for word.

    It is what gives unknown keys back to the partner who sent them.
    """

    app = models.ForeignKey(
        App, verbose_name=_("app"), on_delete=models.CASCADE, related_name="manifests"
    )
    document = models.JSONField(_("document"))
    unknown_keys = models.JSONField(_("keys we do not know"), default=list, blank=True)
    actor = models.ForeignKey(
        User,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    as_partner = models.BooleanField(_("with a partner's rights"), default=False)
    applied_at = models.DateTimeField(_("applied at"))
    is_current = models.BooleanField(_("current"), default=True)

    class Meta:
        verbose_name = _("manifest")
        verbose_name_plural = _("manifests")
        constraints = [
            models.UniqueConstraint(
                fields=["app"],
                condition=Q(is_current=True),
                name="catalog_catalogmanifest_one_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.app} · {self.applied_at:%Y-%m-%d %H:%M}"
