"""Adding and removing payment methods."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.access import may_buy_for
from apps.accounts.models import Organization, User
from apps.core.errors import DomainError
from apps.payments.gateways.protocol import CardRejected, gateway
from apps.payments.models import PaymentMethod

Problem = tuple[str, str]
"""A field and what is wrong with it."""


class CardRefused(DomainError):
    """The card cannot be added.

    ``problems`` has every input at fault with its text, so that a form says all of them at once;
    ``field`` and ``message`` are those of the first.
    """

    code = "card_refused"

    def __init__(self, message: str, *, field: str = "", more: Iterable[Problem] = ()) -> None:
        super().__init__(message, field=field)
        self.problems = ((field, message), *more)


def add_card(
    *,
    actor: User,
    now: dt.datetime,
    organization: Organization,
    number: str,
    expires_month: int,
    expires_year: int,
    make_default: bool = True,
) -> PaymentMethod:
    """Add a card to ``organization``. Only the gateway's token and the last digits are kept.

    Raises :class:`CardRefused`.
    """
    if not may_buy_for(actor, organization):
        raise CardRefused(_("Only the organization's own staff members can add a card."))
    name = settings.PAYMENT_GATEWAY
    expiry = expiry_problem(expires_month, expires_year, now.date())
    try:
        # Also when the expiry is wrong, so that both are said at once; nothing is kept of it.
        facts = gateway(name).tokenize(number)
    except CardRejected as error:
        more = [expiry] if expiry else []
        raise CardRefused(str(error), field="number", more=more) from error
    if expiry is not None:
        field, text = expiry
        raise CardRefused(text, field=field)
    with transaction.atomic():
        if make_default:
            # One default per organization: the row lock keeps two additions apart.
            Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
            PaymentMethod.objects.filter(organization=organization, is_default=True).update(
                is_default=False
            )
        return PaymentMethod.objects.create(
            organization=organization,
            gateway=name,
            token=facts.token,
            brand=facts.brand,
            last4=facts.last4,
            expires_month=expires_month,
            expires_year=expires_year,
            is_default=make_default,
            added_by=actor,
        )


def expiry_problem(month: int, year: int, today: dt.date) -> Problem | None:
    """Return what is wrong with an expiry; a card is good until the end of its month."""
    if not 1 <= month <= 12:
        return "expires_month", _("Enter a month from 1 to 12.")
    if (year, month) < (today.year, today.month):
        return "expires_year", _("This card has expired. Use another, or check the date.")
    if year > today.year + 30:
        return "expires_year", _("Enter the year as printed on the card.")
    return None


def remove_card(*, now: dt.datetime, method: PaymentMethod) -> None:
    """Take a card off the organization; payments made with it keep pointing at it."""
    PaymentMethod.objects.filter(pk=method.pk, removed_at__isnull=True).update(
        removed_at=now, is_default=False
    )
