"""Posting to the ledger. Each function writes one sealed transaction, once."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction as database

from apps.accounts.models import Organization
from apps.catalog.models import App
from apps.core.money import share
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.selectors import book_of


@dataclasses.dataclass(frozen=True, slots=True)
class SaleLine:
    """One amount that a sale earns the vendor (positive) or takes back (negative).

    What is taken back is taken at the rate at which it was once booked.
    """

    amount: int
    memo: str
    commission_rate: Decimal


@dataclasses.dataclass(frozen=True, slots=True)
class Sale:
    """What an order sold, in minor units of one currency, as the ledger needs to know it.

    ``charged`` is what the gateway took; ``balance_used`` and ``balance_kept`` are the buyer's
    credit from before and for later. Charged plus used, less kept, is the sum of the lines.
    """

    reference: str
    mode: str
    app: App
    organization: Organization
    vendor: Organization
    gateway: str
    currency: str
    charged: int
    balance_used: int
    balance_kept: int
    lines: Sequence[SaleLine]
    commission_rate: Decimal
    occurred_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Posting:
    """An entry to be: which account, how much (debit positive), what for."""

    account: Account
    amount: int
    memo: str


def post_sale(sale: Sale) -> Transaction | None:
    """Book a sale: cash and credit in, the vendor's share and our commission out.

    Commission is taken per line, rounded half to even; the vendor gets the rest of each line, so
    that the two always add up. Returns ``None`` when there is nothing to book.
    """
    book = book_of(sale.mode)

    def account(
        kind: Account.Kind, *, organization: Organization | None = None, gateway: str = ""
    ) -> Account:
        return open_account(
            kind=kind,
            book=book,
            currency=sale.currency,
            organization=organization,
            gateway=gateway,
        )

    postings: list[Posting] = []
    if sale.charged:
        cash = account(Account.Kind.CASH, gateway=sale.gateway)
        postings.append(Posting(cash, sale.charged, "Charged"))
    if sale.balance_used or sale.balance_kept:
        credit = account(Account.Kind.BUYER_CREDIT, organization=sale.organization)
        if sale.balance_used:
            postings.append(Posting(credit, sale.balance_used, "Credit from before"))
        if sale.balance_kept:
            postings.append(Posting(credit, -sale.balance_kept, "Credit kept for later"))
    for line in sale.lines:
        commission = commission_on(line.amount, line.commission_rate)
        payable = account(Account.Kind.VENDOR_PAYABLE, organization=sale.vendor)
        postings.append(Posting(payable, -(line.amount - commission), line.memo))
        if commission:
            postings.append(Posting(account(Account.Kind.COMMISSION), -commission, line.memo))
    if not postings:
        return None
    return post(
        kind=Transaction.Kind.SALE,
        reference=sale.reference,
        book=book,
        app=sale.app,
        commission_rate=sale.commission_rate,
        occurred_at=sale.occurred_at,
        postings=postings,
    )


def post(
    *,
    kind: Transaction.Kind,
    reference: str,
    book: str,
    app: App | None,
    commission_rate: Decimal,
    occurred_at: dt.datetime,
    postings: Sequence[Posting],
) -> Transaction:
    """Write a transaction with its entries and seal it, which is when the database adds it up.

    Raises ``IntegrityError`` when the entries do not sum to zero, or when this reference was
    booked before: a posting happens once.
    """
    with database.atomic():
        row = Transaction.objects.create(
            kind=kind,
            reference=reference,
            book=book,
            app=app,
            commission_rate=commission_rate,
            occurred_at=occurred_at,
        )
        Entry.objects.bulk_create(
            Entry(
                transaction=row,
                account=posting.account,
                amount=posting.amount,
                currency=posting.account.currency,
                memo=posting.memo[:200],
            )
            for posting in postings
        )
        Transaction.objects.filter(pk=row.pk).update(is_sealed=True)
        row.is_sealed = True
    return row


def commission_on(amount: int, rate: Decimal) -> int:
    """Return our part of ``amount`` minor units at ``rate``, rounded half to even."""
    numerator, denominator = rate.as_integer_ratio()
    return share(amount, numerator, denominator)


def open_account(
    *,
    kind: Account.Kind,
    book: str,
    currency: str,
    organization: Organization | None = None,
    gateway: str = "",
) -> Account:
    """Return the one account for these facts, made at its first use."""
    # By number, which never changes: a slug may be given to another organization one day.
    owner = str(organization.number) if organization else gateway
    code = ":".join(part for part in (book, kind.value, owner, currency) if part)
    row, _created = Account.objects.get_or_create(
        code=code,
        defaults={
            "kind": kind,
            "book": book,
            "currency": currency,
            "organization": organization,
            "gateway": gateway,
        },
    )
    return row
