"""People, the organizations they work in, the sites apps are installed on, and tokens."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.accounts.validators import (
    validate_currency,
    validate_language,
    validate_site_name,
    validate_time_zone,
)
from apps.core.ids import new_number, new_public_id


class UserManager(BaseUserManager["User"]):
    """Makes people; e-mail addresses are kept in lower case, as they are compared."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person who signs in with ``email``; without a password they cannot yet."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a member of the marketplace's staff who may do everything."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail address in any case, as Django's login does."""
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. ``is_staff`` means the marketplace's own staff and nobody else."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"), max_length=35, default="en", validators=[validate_language]
    )
    is_staff = models.BooleanField(
        _("marketplace staff"), default=False, help_text=_("May sign in to this admin site.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    source = models.CharField(_("host product"), max_length=50, blank=True)
    external_id = models.CharField(_("id in the host product"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email"),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="accounts_user_external_id",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name; Django's themes ask for it so."""
        return self.name

    @property
    def initials(self) -> str:
        """Up to two capital letters for the avatar."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in [words[0], *words[1:][-1:]]).upper()


class Organization(models.Model):
    """A buyer (personal or organization), and, with ``is_vendor``, a publisher of apps."""

    class Kind(models.TextChoices):
        """What stands behind the account."""

        PERSONAL = "PERSONAL", _("Personal")
        """One person's own account, made at sign-up; each person has exactly one."""
        ORGANIZATION = "ORGANIZATION", _("Organization")
        """A company or agency with several members."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    kind = models.CharField(
        _("kind"), max_length=12, choices=Kind.choices, default=Kind.ORGANIZATION
    )
    name = models.CharField(_("name"), max_length=150)
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    owner = models.ForeignKey(
        User, verbose_name=_("owner"), on_delete=models.PROTECT, related_name="owned_organizations"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(
        _("language"), max_length=35, default="en", validators=[validate_language]
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency]
    )
    is_vendor = models.BooleanField(_("vendor"), default=False)
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    contact_name = models.CharField(_("contact's name"), max_length=150, blank=True)
    contact_email = models.EmailField(_("contact's e-mail"), blank=True)
    contact_phone = models.CharField(_("contact's phone"), max_length=40, blank=True)
    source = models.CharField(_("host product"), max_length=50, blank=True)
    external_id = models.CharField(_("id in the host product"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=Q(kind="PERSONAL"),
                name="accounts_organization_one_personal",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="accounts_organization_external_id",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's one role in an organization."""

    class Role(models.TextChoices):
        """What the person may do there."""

        OWNER = "OWNER", _("Owner")
        """Everything a staff member may, and the organization itself."""
        STAFF_MEMBER = "STAFF_MEMBER", _("Staff member")
        """Sees every site and every price, buys and pays."""
        CLIENT = "CLIENT", _("Client")
        """Sees the sites named in the site access rows, and never a price."""
        DEVELOPER = "DEVELOPER", _("Developer")
        """Works on a vendor's apps; buys nothing."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organization"], name="accounts_membership_one_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organization} · {self.get_role_display()}"

    @property
    def may_buy(self) -> bool:
        """Whether the person sees prices and pays for the organization."""
        return self.role in (self.Role.OWNER, self.Role.STAFF_MEMBER)


class Site(models.Model):
    """Where an app is installed: a web site that an organization looks after."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    number = models.BigIntegerField(default=new_number, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="sites",
    )
    site_name = models.CharField(
        _("site name"),
        max_length=64,
        unique=True,
        validators=[validate_site_name],
        help_text=_("The public key of the site in links and callbacks. It never changes."),
    )
    label = models.CharField(_("name"), max_length=150)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    contact_name = models.CharField(_("site admin's name"), max_length=150, blank=True)
    contact_email = models.EmailField(_("site admin's e-mail"), blank=True)
    contact_phone = models.CharField(_("site admin's phone"), max_length=40, blank=True)
    source = models.CharField(_("host product"), max_length=50, blank=True)
    external_id = models.CharField(_("id in the host product"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="accounts_site_external_id",
            )
        ]

    def __str__(self) -> str:
        return self.label


class SiteAccess(models.Model):
    """Names a site that a client may see. Other roles need no such row."""

    membership = models.ForeignKey(
        Membership, verbose_name=_("client"), on_delete=models.CASCADE, related_name="site_access"
    )
    site = models.ForeignKey(
        Site, verbose_name=_("site"), on_delete=models.CASCADE, related_name="access"
    )

    class Meta:
        verbose_name = _("site access")
        verbose_name_plural = _("site access")
        constraints = [
            models.UniqueConstraint(fields=["membership", "site"], name="accounts_siteaccess_once")
        ]

    def __str__(self) -> str:
        return f"{self.membership.user} · {self.site}"


class Token(models.Model):
    """A person's API token for one organization. Only its digest is kept."""

    user = models.ForeignKey(
        User, verbose_name=_("person"), on_delete=models.CASCADE, related_name="api_tokens"
    )
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        on_delete=models.CASCADE,
        related_name="api_tokens",
    )
    name = models.CharField(_("name"), max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("ends in"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"

    def is_usable(self, now: dt.datetime) -> bool:
        """Whether the token is neither revoked nor expired at ``now``."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
