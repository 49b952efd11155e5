"""Adding and removing payment methods."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.access import may_buy_for
from apps.accounts.models import Organization, User
from apps.core.errors import DomainError
from apps.payments.gateways.protocol import CardRejected, gateway
from apps.payments.models import PaymentMethod


class CardRefused(DomainError):
    """The card cannot be added; ``field`` names the input at fault."""

    code = "card_refused"


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
    if not 1 <= expires_month <= 12:
        raise CardRefused(_("Enter a month from 1 to 12."), field="expires_month")
    if (expires_year, expires_month) < (now.year, now.month):
        raise CardRefused(
            _("This card has expired. Use another, or check the date."), field="expires_year"
        )
    if expires_year > now.year + 30:
        raise CardRefused(_("Enter the year as printed on the card."), field="expires_year")
    name = settings.PAYMENT_GATEWAY
    try:
        facts = gateway(name).tokenize(number)
    except CardRejected as error:
        raise CardRefused(str(error), field="number") from error
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


def remove_card(*, now: dt.datetime, method: PaymentMethod) -> None:
    """Take a card off the organization; payments made with it keep pointing at it."""
    PaymentMethod.objects.filter(pk=method.pk, removed_at__isnull=True).update(
        removed_at=now, is_default=False
    )
