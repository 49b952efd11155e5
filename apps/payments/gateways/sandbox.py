"""A gateway that plays bank in our own database, so that everything can be tried without money.

Its cards behave like the well-known test cards of the field: by their number. It keeps its own
book (:class:`~apps.payments.models.SandboxCharge`) and is asked like any gateway: from outside
of every transaction, with idempotency keys.
"""

import secrets
from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.payments.gateways.protocol import (
    CardFacts,
    CardRejected,
    GatewayAnswer,
    Held,
    Outcome,
)
from apps.payments.models import SandboxCharge

TEST_CARDS = {
    "4242424242424242": ("succeeds", _("Succeeds")),
    "5555555555554444": ("succeeds", _("Succeeds (Mastercard)")),
    "4000000000000002": ("declined", _("Is declined")),
    "4000000000009995": ("no_funds", _("Is declined: insufficient funds")),
    "4000002500003155": ("second_look", _("The bank wants a second look")),
    "4000000000000259": ("late", _("The bank's answer comes late")),
    "4000000000000119": ("capture_fails", _("Is held, then cannot be charged")),
    "4000000000000341": ("capture_late", _("Is held; the charge's answer comes late")),
}
"""Card number -> how the card behaves, and the same for people."""

_DECLINES = {
    "declined": "The card was declined.",
    "no_funds": "The card has insufficient funds.",
}
_TOKEN_PREFIX = "sandbox_card_"  # noqa: S105 - what a token begins with, not a secret


class SandboxGateway:
    """See :class:`~apps.payments.gateways.protocol.Gateway`."""

    def tokenize(self, number: str) -> CardFacts:
        """Take the test cards and no other, so that nobody types a real one."""
        digits = "".join(character for character in number if character.isdigit())
        if digits not in TEST_CARDS:
            raise CardRejected(
                "The sandbox takes its test cards only, such as 4242 4242 4242 4242."
            )
        behaviour, _text = TEST_CARDS[digits]
        brand = "Mastercard" if digits.startswith("5") else "Visa"
        return CardFacts(token=_TOKEN_PREFIX + behaviour, brand=brand, last4=digits[-4:])

    def authorize(self, *, key: str, token: str, amount: int, currency: str) -> GatewayAnswer:
        """Hold the amount, as the card allows."""
        card = token.removeprefix(_TOKEN_PREFIX)
        state, text = SandboxCharge.State.HELD, ""
        if card in _DECLINES:
            state, text = SandboxCharge.State.DECLINED, _DECLINES[card]
        elif card == "second_look":
            state = SandboxCharge.State.ACTION
        charge, _created = SandboxCharge.objects.get_or_create(
            key=key,
            defaults={
                "reference": f"sbx_{secrets.token_hex(8)}",
                "card": card,
                "currency": currency,
                "amount": amount,
                "state": state,
                "text": text,
            },
        )
        if card == "late" and _count(charge, key) == 1:
            # The bank has acted; its answer is lost on the way, as after a broken connection.
            return GatewayAnswer(Outcome.UNKNOWN, text="The bank did not answer in time.")
        return _standing(charge)

    def capture(self, *, key: str, payment_key: str) -> GatewayAnswer:
        """Take the amount, as the card allows."""

        def act(charge: SandboxCharge) -> GatewayAnswer:
            if charge.card == "capture_fails" and charge.state == SandboxCharge.State.HELD:
                return GatewayAnswer(
                    Outcome.NO, charge.reference, "The bank no longer honours the hold."
                )
            if charge.state == SandboxCharge.State.HELD:
                charge.state = SandboxCharge.State.CAPTURED
                charge.save(update_fields=["state"])
            if charge.state != SandboxCharge.State.CAPTURED:
                return GatewayAnswer(Outcome.NO, charge.reference, "Nothing is held.")
            return GatewayAnswer(Outcome.YES, charge.reference)

        answer = _with_charge(payment_key, act)
        charge = SandboxCharge.objects.filter(key=payment_key).first()
        if charge is not None and charge.card == "capture_late" and _count(charge, key) == 1:
            return GatewayAnswer(Outcome.UNKNOWN, text="The bank did not answer in time.")
        return answer

    def void(self, *, key: str, payment_key: str) -> GatewayAnswer:
        """Let the hold go; letting go of nothing is a yes too."""

        def act(charge: SandboxCharge) -> GatewayAnswer:
            if charge.state in (SandboxCharge.State.CAPTURED, SandboxCharge.State.REFUNDED):
                return GatewayAnswer(Outcome.NO, charge.reference, "It was taken already.")
            if charge.state in (SandboxCharge.State.HELD, SandboxCharge.State.ACTION):
                charge.state = SandboxCharge.State.VOIDED
                charge.save(update_fields=["state"])
            return GatewayAnswer(Outcome.YES, charge.reference)

        return _with_charge(payment_key, act)

    def refund(self, *, key: str, payment_key: str, amount: int) -> GatewayAnswer:
        """Give an amount back; the same key gives it back once."""

        def act(charge: SandboxCharge) -> GatewayAnswer:
            if key in charge.calls:
                return GatewayAnswer(Outcome.YES, charge.reference)
            if charge.state != SandboxCharge.State.CAPTURED:
                return GatewayAnswer(Outcome.NO, charge.reference, "Nothing was taken.")
            if charge.refunded_amount + amount > charge.amount:
                return GatewayAnswer(Outcome.NO, charge.reference, "More than was taken.")
            charge.refunded_amount += amount
            if charge.refunded_amount == charge.amount:
                charge.state = SandboxCharge.State.REFUNDED
            charge.calls = {**charge.calls, key: 1}
            charge.save(update_fields=["refunded_amount", "state", "calls"])
            return GatewayAnswer(Outcome.YES, charge.reference)

        return _with_charge(payment_key, act)

    def find(self, *, payment_key: str) -> Held:
        """Say what the imaginary bank holds."""
        charge = SandboxCharge.objects.filter(key=payment_key).first()
        if charge is None:
            return Held.NOTHING
        return {
            SandboxCharge.State.ACTION.value: Held.ACTION,
            SandboxCharge.State.HELD.value: Held.HELD,
            SandboxCharge.State.CAPTURED.value: Held.CAPTURED,
            SandboxCharge.State.REFUNDED.value: Held.REFUNDED,
        }.get(charge.state, Held.NOTHING)


def answer_payer(reference: str, *, approved: bool) -> bool:
    """Play the bank's page: the payer confirms or refuses. False when nothing waits for them."""
    state = SandboxCharge.State.HELD if approved else SandboxCharge.State.DECLINED
    text = "" if approved else "The payer did not confirm the payment."
    return bool(
        SandboxCharge.objects.filter(reference=reference, state=SandboxCharge.State.ACTION).update(
            state=state, text=text
        )
    )


def _standing(charge: SandboxCharge) -> GatewayAnswer:
    if charge.state == SandboxCharge.State.ACTION:
        return GatewayAnswer(
            Outcome.ACTION, charge.reference, action_url=f"/bank/{charge.reference}/"
        )
    if charge.state in (SandboxCharge.State.DECLINED, SandboxCharge.State.VOIDED):
        return GatewayAnswer(Outcome.NO, charge.reference, charge.text or "The hold was released.")
    return GatewayAnswer(Outcome.YES, charge.reference)


def _with_charge(payment_key: str, act: Callable[[SandboxCharge], GatewayAnswer]) -> GatewayAnswer:
    with transaction.atomic():
        charge = SandboxCharge.objects.select_for_update().filter(key=payment_key).first()
        if charge is None:
            return GatewayAnswer(Outcome.NO, text="Nothing is known under this key.")
        return act(charge)


def _count(charge: SandboxCharge, key: str) -> int:
    with transaction.atomic():
        row = SandboxCharge.objects.select_for_update().get(pk=charge.pk)
        seen = int(row.calls.get(key, 0)) + 1
        row.calls = {**row.calls, key: seen}
        row.save(update_fields=["calls"])
        return seen
