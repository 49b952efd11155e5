"""Making apps, pricing what they sell, and moving their listing."""

import dataclasses
import datetime as dt
import uuid as uuid_module

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.validators import validate_currency
from apps.catalog.keys import new_app_secret, new_key_pair
from apps.catalog.models import App, AppCredential, Plan, Price, Program, Sku
from apps.core.errors import DomainError
from apps.core.ids import new_code
from apps.core.modes import Mode
from apps.core.secrets import digest, new_secret


class PriceRefused(DomainError):
    """The price cannot be set so."""

    code = "price_refused"


class StatusRefused(DomainError):
    """The listing cannot go from its status to that one."""

    code = "status_refused"


_STATUS_MOVES: dict[str, tuple[str, ...]] = {
    App.Status.DRAFT: (App.Status.PUBLISHED,),
    App.Status.PUBLISHED: (App.Status.SUSPENDED, App.Status.DELISTED),
    App.Status.SUSPENDED: (App.Status.PUBLISHED, App.Status.DELISTED),
    App.Status.DELISTED: (App.Status.PUBLISHED,),
}


@dataclasses.dataclass(frozen=True, slots=True)
class NewCredential:
    """A credential row and its password, which is readable this once."""

    row: AppCredential
    password: str


def create_app(
    *,
    vendor: Organization,
    program: Program,
    name: str,
    slug: str = "",
    uuid: uuid_module.UUID | None = None,
) -> App:
    """Create a draft app with its signing secret and its RSA pair."""
    pair = new_key_pair()
    chosen = slug or slugify(name)[:60] or "app"
    if App.objects.filter(slug=chosen).exists():
        chosen = f"{chosen}-{new_code().lower()}"
    return App.objects.create(
        vendor=vendor,
        program=program,
        name=name,
        slug=chosen,
        uuid=uuid or uuid_module.uuid4(),
        secret=new_app_secret(),
        private_key=pair.private_key,
        public_key=pair.public_key,
    )


def set_price(
    *,
    actor: User | None,
    now: dt.datetime,
    sku: Sku,
    currency: str,
    recurrency: str,
    amount: int | None,
    starts_at: dt.datetime | None = None,
    basis: str = Price.Basis.FLAT,
    unit_name: str = "",
) -> Price:
    """Add a row to a price's history: a new price from ``starts_at`` (default: now).

    ``amount`` is in minor units; ``None`` withdraws the price from that moment on. Whoever bought
    before keeps the row they bought at. Raises :class:`PriceRefused`.
    """
    start = starts_at or now
    validate_currency(currency)
    if start < now:
        raise PriceRefused(
            _("A price starts now or later: what was sold is not repriced."), field="starts_at"
        )
    if amount is not None and amount < 0:
        raise PriceRefused(_("A price is not below zero."), field="amount")
    if amount == 0:
        raise PriceRefused(
            _("A price of zero is no price. Make the plan free, or withdraw the price."),
            field="amount",
        )
    if recurrency not in Price.Recurrency.values:
        raise PriceRefused(_("Choose how often it is paid."), field="recurrency")
    if sku.behaviour == Sku.Behaviour.SUBSCRIPTION and recurrency == Price.Recurrency.ONCE:
        raise PriceRefused(_("A plan is paid monthly or yearly."), field="recurrency")
    if basis == Price.Basis.PER_UNIT and not unit_name:
        raise PriceRefused(_("Name the unit that is counted, such as “seat”."), field="unit_name")
    plan = Plan.objects.filter(sku=sku).first()
    if plan is not None and plan.plan_type != Plan.PlanType.PAID and amount is not None:
        raise PriceRefused(
            _("A free or trial plan has no price. Make it a paid plan first."), field="amount"
        )
    try:
        with transaction.atomic():
            return Price.objects.create(
                sku=sku,
                currency=currency,
                recurrency=recurrency,
                basis=basis,
                unit_name=unit_name,
                amount=amount,
                starts_at=start,
                created_by=actor,
            )
    except IntegrityError as error:
        raise PriceRefused(
            _("A price already starts at that moment. Choose another start."), field="starts_at"
        ) from error


def change_app_status(
    *, actor: User | None, now: dt.datetime, app: App, status: str, reason: str = ""
) -> App:
    """Move a listing to ``status`` and note who did it and why in its history.

    SUSPENDED stops sales and launches and calls off open orders (their own next step sees it);
    DELISTED stops sales alone. Raises :class:`StatusRefused`.
    """
    if status not in _STATUS_MOVES.get(app.status, ()):
        raise StatusRefused(
            _("%(app)s is %(status)s: that step is not open to it.")
            % {"app": app.name, "status": app.get_status_display()},
            field="status",
        )
    if status == App.Status.PUBLISHED and not app.plans.filter(retired_at__isnull=True).exists():
        raise StatusRefused(
            _("An app needs at least one plan before it can be published."), field="status"
        )
    with transaction.atomic():
        moved = App.objects.filter(pk=app.pk, status=app.status).update(status=status)
        if not moved:
            raise StatusRefused(_("Somebody else moved this app just now. Look again."))
        app.status = status
        # update() is invisible to the history, so its row is written by hand.
        App.history.bulk_history_create(
            [app], batch_size=1, update=True, default_user=actor, default_change_reason=reason[:100]
        )
    return app


def issue_basic_credential(*, app: App, mode: str = Mode.LIVE) -> NewCredential:
    """Issue a user and password with which the app's server may sign in."""
    password = new_secret("")
    row = AppCredential.objects.create(
        app=app,
        kind=AppCredential.Kind.BASIC,
        mode=mode,
        identifier=f"{app.slug}-{new_code().lower()}",
        digest=digest(password),
    )
    return NewCredential(row=row, password=password)


def revoke_credential(*, now: dt.datetime, credential: AppCredential) -> None:
    """Stop a credential from opening anything; doing it twice changes nothing."""
    AppCredential.objects.filter(pk=credential.pk, revoked_at__isnull=True).update(revoked_at=now)
