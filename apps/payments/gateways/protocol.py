"""What a payment gateway must be able to do, whichever company runs it."""

import dataclasses
import enum
import functools
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Outcome(enum.StrEnum):
    """What a gateway's answer means to us."""

    YES = "YES"
    """Done."""
    NO = "NO"
    """Refused for good; nothing is held or taken by this request."""
    ACTION = "ACTION"
    """The payer must act at ``action_url`` first."""
    UNKNOWN = "UNKNOWN"
    """No answer: it may or may not have been done. Ask again with the same key."""


class Held(enum.StrEnum):
    """What a gateway holds under a key, when it is asked."""

    NOTHING = "NOTHING"
    """Nothing is held and nothing was taken."""
    ACTION = "ACTION"
    """It waits for the payer."""
    HELD = "HELD"
    """The amount is held."""
    CAPTURED = "CAPTURED"
    """The amount was taken."""
    REFUNDED = "REFUNDED"
    """The amount was taken and went back in full."""
    UNKNOWN = "UNKNOWN"
    """The gateway did not say."""


@dataclasses.dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """The answer to one request."""

    outcome: Outcome
    reference: str = ""
    text: str = ""
    action_url: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CardFacts:
    """What may be stored of a card: never its number."""

    token: str
    brand: str
    last4: str


class CardRejected(Exception):
    """The gateway does not take this card number; the text says why."""


class Gateway(Protocol):
    """A payment gateway. Every act carries an idempotency key: the same key acts once."""

    def tokenize(self, number: str) -> CardFacts:
        """Exchange a card number for a token. Raises :class:`CardRejected`."""

    def authorize(self, *, key: str, token: str, amount: int, currency: str) -> GatewayAnswer:
        """Hold ``amount`` minor units on the card behind ``token``."""

    def capture(self, *, key: str, payment_key: str) -> GatewayAnswer:
        """Take what is held under ``payment_key``."""

    def void(self, *, key: str, payment_key: str) -> GatewayAnswer:
        """Let go what is held under ``payment_key``."""

    def refund(self, *, key: str, payment_key: str, amount: int) -> GatewayAnswer:
        """Give back ``amount`` minor units of what was taken under ``payment_key``."""

    def find(self, *, payment_key: str) -> Held:
        """Say what is held or taken under ``payment_key``."""


@functools.cache
def gateway(name: str) -> Gateway:
    """Return the gateway that the setting ``PAYMENT_GATEWAYS`` names. Raises ``KeyError``."""
    made: Gateway = import_string(settings.PAYMENT_GATEWAYS[name])()
    return made
