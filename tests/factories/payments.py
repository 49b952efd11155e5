import datetime as dt

import factory
from factory.django import DjangoModelFactory

from apps.payments.models import Payment, PaymentMethod
from tests.factories.accounts import OrganizationFactory


class PaymentMethodFactory(DjangoModelFactory[PaymentMethod]):
    """A sandbox card that succeeds, the organization's default.

    The traits are the behaviours of the sandbox's test cards.
    """

    organization = factory.SubFactory(OrganizationFactory)
    gateway = "sandbox"
    token = "sandbox_card_succeeds"
    brand = "Visa"
    last4 = "4242"
    expires_month = 12
    expires_year = 2031
    is_default = True

    class Meta:
        model = PaymentMethod

    class Params:
        declined = factory.Trait(token="sandbox_card_declined", last4="0002")
        no_funds = factory.Trait(token="sandbox_card_no_funds", last4="9995")
        second_look = factory.Trait(token="sandbox_card_second_look", last4="3155")
        late = factory.Trait(token="sandbox_card_late", last4="0259")
        capture_fails = factory.Trait(token="sandbox_card_capture_fails", last4="0119")
        capture_late = factory.Trait(token="sandbox_card_capture_late", last4="0341")


class PaymentFactory(DjangoModelFactory[Payment]):
    """A payment of €49.00 that the gateway was not asked for yet."""

    key = factory.Sequence(lambda n: f"payment-{n}")
    method = factory.SubFactory(PaymentMethodFactory)
    organization = factory.SelfAttribute("method.organization")
    gateway = "sandbox"
    currency = "EUR"
    amount = 4900
    created_at = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)

    class Meta:
        model = Payment

    class Params:
        held = factory.Trait(
            status=Payment.Status.AUTHORIZED, authorized_at=factory.SelfAttribute("created_at")
        )
        charged = factory.Trait(
            status=Payment.Status.CAPTURED,
            captured_amount=factory.SelfAttribute("amount"),
            authorized_at=factory.SelfAttribute("created_at"),
            captured_at=factory.SelfAttribute("created_at"),
        )
