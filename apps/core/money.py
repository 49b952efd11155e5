"""Money: whole minor units and an ISO 4217 currency, never a float and never a bare number."""

import dataclasses
import functools
from fractions import Fraction

from babel.core import get_global
from babel.numbers import get_currency_precision


@functools.cache
def minor_digits(currency: str) -> int:
    """Return how many digits the minor unit of ``currency`` has: EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


@functools.cache
def known_currencies() -> frozenset[str]:
    """Return every ISO 4217 code that the locale data knows."""
    return frozenset(get_global("all_currencies"))


@functools.cache
def current_currencies() -> frozenset[str]:
    """Return the codes that are legal tender somewhere today: what somebody can pay in.

    Of the known ones that leaves out what history has (DEM) and what nobody pays with: funds,
    metals, the codes for tests and for no currency at all (XAU, XTS, XXX).
    """
    return frozenset(
        code
        for currencies in get_global("territory_currencies").values()
        for code, _since, until, is_tender in currencies
        if is_tender and until is None
    )


@dataclasses.dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency. Adding two currencies raises ``ValueError``."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot add {self.currency} and {other.currency}")


def share(amount: int, numerator: int, denominator: int) -> int:
    """Return ``amount * numerator / denominator`` in minor units, rounded half to even.

    ``Fraction`` keeps it exact until the single rounding, so that anyone who redoes the sum on
    paper gets the same cent.
    """
    return round(Fraction(amount * numerator, denominator))
