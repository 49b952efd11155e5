"""A bank and an app that keep their own truth, and fail as a test wants, around real orders.

Everything of ours is real: services, engine, database. What is outside (the bank, the app, the
time, the process that runs us) is here, and each contact with it may go wrong in any way that the
outside can go wrong. At rest both truths must agree with ours; see :meth:`World.check`.
"""

import collections
import dataclasses
import datetime as dt
import enum
import json
from collections.abc import Callable
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from apps.catalog.models import App, Plan
from apps.entitlements.models import Entitlement
from apps.ledger.checking import findings
from apps.ledger.models import Account, Entry, Transaction
from apps.ledger.selectors import entries_of
from apps.orders import engine, fulfilment, leases
from apps.orders.engine import advance
from apps.orders.models import Order, QuoteLine
from apps.orders.services import refund_parked_order, unpark_order, withdraw_order
from apps.payments.gateways.protocol import GatewayAnswer, Held, Outcome
from apps.subscriptions.models import Installation, InstallationToken, Period, Subscription
from apps.webhooks.client import Answer
from apps.webhooks.models import Ask, Event
from tests.fakes.market import Market


class Fault(enum.StrEnum):
    """How a contact with the outside goes."""

    NONE = "as it should"
    NO = "a no"
    LOST = "acts, its answer is lost"
    SILENT = "does not act, does not answer"
    UNSENT = "is not reached"
    LATE = "does not answer, and acts after we stopped waiting"
    PAYER = "wants the payer to act"
    DIES_BEFORE = "we die before it"
    DIES_AFTER = "we die after it"
    SLOW = "acts and answers when our lease has run out and another worker has gone on"
    WITHDRAWN = "the buyer calls the order off meanwhile"
    SUSPENDED = "the app is suspended meanwhile"
    FAILS = "our own rows refuse"


_DEATHS = {Fault.DIES_BEFORE, Fault.DIES_AFTER}
_MEANWHILE = {Fault.WITHDRAWN, Fault.SUSPENDED}
_CALL = _DEATHS | {Fault.NO, Fault.LOST, Fault.SILENT, Fault.SLOW}
FAULTS_OF: dict[str, set[Fault]] = {
    "claim": _MEANWHILE | {Fault.DIES_AFTER},
    "authorize": _CALL | _MEANWHILE | {Fault.PAYER},
    "find": _MEANWHILE | {Fault.DIES_BEFORE, Fault.SILENT, Fault.SLOW},
    "capture": _CALL,
    "void": _CALL,
    "refund": _CALL,
    "ask": _CALL | _MEANWHILE | {Fault.UNSENT, Fault.LATE},
    "undo": _CALL | {Fault.UNSENT, Fault.LATE},
    "fulfil": _DEATHS | {Fault.FAILS},
}
"""Which faults each kind of contact can have."""


class ProcessDied(BaseException):
    """Stands for a SIGKILL: nothing after it runs, no handler sees it."""


@dataclasses.dataclass
class Charge:
    """What the bank knows about one key."""

    state: str
    amount: int
    taken: int = 0
    returned: int = 0


class FakeBank:
    """See :class:`apps.payments.gateways.protocol.Gateway`. The same key acts once."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.charges: dict[str, Charge] = {}

    def authorize(self, *, key: str, token: str, amount: int, currency: str) -> GatewayAnswer:
        def begin(state: str) -> Callable[[], GatewayAnswer]:
            return lambda: self._standing(self.charges.setdefault(key, Charge(state, amount)))

        return self.world.meet(
            "authorize",
            act=begin("HELD"),
            unknown=GatewayAnswer(Outcome.UNKNOWN),
            no=begin("DECLINED"),
            payer=begin("ACTION"),
        )

    def capture(self, *, key: str, payment_key: str) -> GatewayAnswer:
        charge = self.charges[payment_key]

        def act() -> GatewayAnswer:
            if charge.state == "HELD":
                charge.state, charge.taken = "CAPTURED", charge.taken + charge.amount
            return _answer(charge.state == "CAPTURED")

        return self._call("capture", act)

    def void(self, *, key: str, payment_key: str) -> GatewayAnswer:
        charge = self.charges[payment_key]

        def act() -> GatewayAnswer:
            if charge.state in ("HELD", "ACTION"):
                charge.state = "VOIDED"
            return _answer(charge.state == "VOIDED")

        return self._call("void", act)

    def refund(self, *, key: str, payment_key: str, amount: int) -> GatewayAnswer:
        charge = self.charges[payment_key]

        def act() -> GatewayAnswer:
            if charge.state == "CAPTURED":
                charge.state, charge.returned = "REFUNDED", charge.returned + amount
            return _answer(charge.state == "REFUNDED")

        return self._call("refund", act)

    def find(self, *, payment_key: str) -> Held:
        def act() -> Held:
            charge = self.charges.get(payment_key)
            if charge is None or charge.state in ("DECLINED", "VOIDED"):
                return Held.NOTHING
            return Held(charge.state)

        found: Held = self.world.meet("find", act=act, unknown=Held.UNKNOWN, no=act)
        return found

    def _call(self, kind: str, act: Callable[[], GatewayAnswer]) -> GatewayAnswer:
        answer: GatewayAnswer = self.world.meet(
            kind,
            act=act,
            unknown=GatewayAnswer(Outcome.UNKNOWN),
            no=lambda: GatewayAnswer(Outcome.NO, text="Not now."),
        )
        return answer

    def _standing(self, charge: Charge) -> GatewayAnswer:
        if charge.state == "ACTION":
            return GatewayAnswer(Outcome.ACTION, "ref", action_url="/bank/ref/")
        return _answer(charge.state in ("HELD", "CAPTURED"))


class FakeApp:
    """Keeps which plan each site has, by the vendor's own books."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.plans: dict[str, str] = {}
        self.acted: collections.Counter[str] = collections.Counter()

    def post(self, url: str, *, body: bytes, headers: Any, timeout: float) -> Answer:
        said = json.loads(body)
        ask_id = headers["webhook-id"]

        def act() -> Answer:
            self.acted[ask_id] += 1
            if url.endswith("/uninstall"):
                self.plans.pop(said["site_name"], None)
            else:
                self.plans[said["site_name"]] = said["app_plan_uuid"]
            return _http(200)

        is_question = Ask.objects.get(public_id=ask_id).key.endswith(":ask")
        answer: Answer = self.world.meet(
            "ask" if is_question else "undo",
            act=act,
            unknown=_http(None),
            no=lambda: _http(409, b"No."),
            unsent=_http(None, was_sent=False),
        )
        return answer


Chooses = Callable[[str], Fault]


@dataclasses.dataclass
class World:
    """Real orders in a market whose outside is fake. ``chooses`` says how each contact goes."""

    market: Market
    chooses: Chooses
    order: Order | None = None
    contacts: list[tuple[str, Fault]] = dataclasses.field(default_factory=list)
    late: list[tuple[dt.datetime, Callable[[], Any]]] = dataclasses.field(default_factory=list)
    is_nested: bool = False

    def __post_init__(self) -> None:
        self.bank = FakeBank(self)
        self.app = FakeApp(self)

    @contextmanager
    def around(self) -> Any:
        """Put the fakes in the place of what is outside."""
        claim, tell = leases.claim, fulfilment.record_happenings

        def claiming(order_id: int, *, now: dt.datetime) -> Any:
            return self.meet("claim", act=lambda: claim(order_id, now=now), unknown=None)

        def telling(*args: Any, **facts: Any) -> Any:
            return self.meet("fulfil", act=lambda: tell(*args, **facts), unknown=None)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("apps.orders.steps.money.gateway", lambda _name: self.bank)
            patch.setattr("apps.webhooks.asks.post", self.app.post)
            # A day of tries every five minutes would say nothing more.
            patch.setattr("apps.orders.steps.undoing.PARK_UNDO_AFTER", dt.timedelta(minutes=10))
            patch.setattr(engine, "claim", claiming)
            patch.setattr(fulfilment, "record_happenings", telling)
            yield self

    # --- Contacts with the outside --------------------------------------------------------------

    def meet(
        self,
        kind: str,
        *,
        act: Callable[[], Any],
        unknown: Any,
        no: Callable[[], Any] | None = None,
        payer: Callable[[], Any] | None = None,
        unsent: Any = None,
    ) -> Any:
        """Do ``act``, or what the chosen fault makes of it."""
        fault = self.chooses(kind)
        self.contacts.append((kind, fault))
        answers = {
            Fault.NO: no,
            Fault.PAYER: payer,
            Fault.SILENT: lambda: unknown,
            Fault.UNSENT: lambda: unsent,
        }
        if answers.get(fault) is not None:
            return answers[fault]()  # type: ignore[misc]
        if fault == Fault.DIES_BEFORE:
            raise ProcessDied
        if fault == Fault.FAILS:
            raise RuntimeError("our own rows refuse")
        if fault == Fault.LATE:
            self.late.append((self.market.clock.now + 1.5 * self._timeout, act))
            self.move_to(self.market.clock.now + self._timeout)
            return unknown
        if fault == Fault.WITHDRAWN:
            self.withdraw()
        elif fault == Fault.SUSPENDED:
            self.suspend()
        answer = act()
        if fault == Fault.DIES_AFTER:
            raise ProcessDied
        if fault == Fault.SLOW:
            self._let_another_worker_go_on()
        return unknown if fault == Fault.LOST else answer

    @property
    def _timeout(self) -> dt.timedelta:
        return dt.timedelta(seconds=self.market.program.ask_timeout)

    def _let_another_worker_go_on(self) -> None:
        if self.is_nested or self.order is None:
            return
        self.is_nested = True
        self.move_to(self.market.clock.now + self._timeout + leases.MARGIN)
        self.run()
        self.is_nested = False

    # --- What people do -------------------------------------------------------------------------

    def place(self, plan: Plan, **more: Any) -> Order:
        self.order = self.market.place(plan, **more)
        return self.order

    def withdraw(self) -> None:
        order = self._order()
        if order.status in ("PLACED", "PAYER_ACTION", "AUTHORIZED"):
            withdraw_order(actor=self.market.buyer, now=self.market.clock(), order=order)

    def suspend(self) -> None:
        App.objects.filter(pk=self.market.app.pk).update(status=App.Status.SUSPENDED)

    def answer_payer(self, *, approved: bool) -> None:
        for charge in self.bank.charges.values():
            if charge.state == "ACTION":
                charge.state = "HELD" if approved else "DECLINED"
        Order.objects.filter(status="PAYER_ACTION").update(next_attempt_at=self.market.clock())

    def unpark(self) -> None:
        if self._order().parked_at:
            unpark_order(actor=self.market.buyer, now=self.market.clock(), order=self._order())

    def refund(self) -> None:
        order = self._order()
        if order.parked_at and order.status == "CAPTURED":
            refund_parked_order(
                actor=self.market.buyer, now=self.market.clock(), order=order, reason="Stuck."
            )

    # --- Time and the workers -------------------------------------------------------------------

    def move_to(self, moment: dt.datetime) -> None:
        """Move the clock on; whoever was late acts at its time."""
        for due, act in sorted(self.late, key=lambda pair: pair[0]):
            if due <= moment:
                act()
        self.late = [(due, act) for due, act in self.late if due > moment]
        self.market.clock.now = max(self.market.clock.now, moment)

    def run(self) -> None:
        """A worker takes what is due; it may die over it."""
        with suppress(ProcessDied):
            advance(self._order().pk, self.market.clock)

    def come_to_rest(self) -> Order:
        """Go from one due time to the next until the order has ended or a person must look."""
        for _ in range(500):
            order = self._order()
            if not order.is_open or order.parked_at is not None:
                self.move_to(self.market.clock.now + 2 * self._timeout)
                return order
            self.run()
            order = self._order()
            if order.is_open and order.next_attempt_at is not None:
                self.move_to(max(order.next_attempt_at, order.lease_expires_at or self.long_ago))
        raise AssertionError(f"{order.status} has no end: {self.contacts[-20:]}")

    long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

    def _order(self) -> Order:
        assert self.order is not None
        self.order.refresh_from_db()
        return self.order

    # --- What must hold at rest -----------------------------------------------------------------

    def check(self) -> None:
        """Assert that bank, app, ledger, entitlements and events agree with the orders."""
        completed = []
        charged = 0
        for order in Order.objects.filter(app=self.market.app).order_by("pk"):
            if order.status == Order.Status.COMPLETED:
                completed.append(order)
            self._check_money(order)
            charged += order.total if order.status == Order.Status.COMPLETED else 0
            assert order.parked_at is None or order.is_open
            assert order.is_open == (order.finished_at is None)
            assert order.lease_token is None or order.is_open
        self._check_app(completed)
        self._check_ledger(completed, charged)
        self._check_rights(completed)
        self._check_events(completed)
        self._check_asks()

    def _check_money(self, order: Order) -> None:
        """The buyer is charged if and only if the order is done, and exactly the quote's total."""
        charge = self.bank.charges.get(order.key("pay"))
        if order.is_open:
            assert order.parked_at is not None, "not at rest"
            return
        if order.status != Order.Status.COMPLETED:
            assert charge is None or charge.state in ("DECLINED", "VOIDED", "REFUNDED"), charge
            assert charge is None or charge.taken == charge.returned, charge
            return
        total = sum(order.quote.lines.values_list("amount", flat=True))
        assert order.total == order.quote.total == total
        if total == 0:
            assert charge is None
            return
        assert charge == Charge("CAPTURED", total, taken=total, returned=0)
        assert order.payment is not None
        assert (order.payment.status, order.payment.captured_amount) == ("CAPTURED", total)

    def _check_app(self, completed: list[Order]) -> None:
        """What the app thinks the site has is what we think, unless it refused to undo."""
        if not self.market.program.plan_asks:
            return
        parked = Order.objects.filter(app=self.market.app, parked_at__isnull=False)
        disputed = parked.exists() or ("undo", Fault.NO) in self.contacts
        ours = str(completed[-1].quote.plan.uuid) if completed else None
        if not disputed:
            assert self.app.plans.get(self.market.site.site_name) == ours

    def _check_ledger(self, completed: list[Order], charged: int) -> None:
        assert list(findings()) == []
        cash = Entry.objects.filter(account__kind=Account.Kind.CASH)
        assert sum(cash.values_list("amount", flat=True)) == charged
        booked = set(Transaction.objects.values_list("reference", flat=True))
        earning = {
            order.reference
            for order in completed
            if order.quote.lines.filter(kind__in=["PLAN", "CREDIT"]).exists()
        }
        assert booked == earning
        for order in completed:
            credit = sum(
                entry.amount
                for entry in entries_of(order.reference)
                if entry.account.kind == Account.Kind.BUYER_CREDIT
            )
            lines = order.quote.lines.filter(
                kind__in=[QuoteLine.Kind.BALANCE, QuoteLine.Kind.CARRIED]
            )
            assert credit == -sum(lines.values_list("amount", flat=True))

    def _check_rights(self, completed: list[Order]) -> None:
        site, app = self.market.site, self.market.app
        now = self.market.clock()
        subscriptions = list(Subscription.objects.filter(app=app, site=site))
        entitled = list(Entitlement.objects.in_force(now).filter(site=site))
        if not completed:
            assert subscriptions == entitled == []
        else:
            (subscription,) = subscriptions
            (right,) = entitled
            plan = completed[-1].quote.plan
            assert subscription.plan_id == plan.pk
            assert (right.sku_id, subscription.entitlement_id) == (plan.sku_id, right.pk)
            assert subscription.version == len(completed)
            assert Entitlement.objects.filter(site=site).count() == len(completed)
            paid = [order for order in completed if order.quote.period_ends_on]
            periods = Period.objects.filter(subscription=subscription).order_by("number")
            assert [period.reference for period in periods] == [row.reference for row in paid]
            assert [period.state for period in periods].count("PAID") == bool(paid)
        open_ones = Installation.objects.filter(app=app, site=site, status__in=Installation.OPEN)
        parked = Order.objects.filter(app=app, kind="INSTALL", parked_at__isnull=False).count()
        assert open_ones.count() == (1 if completed else parked)
        tokens = InstallationToken.objects.filter(installation__app=app, revoked_at__isnull=True)
        assert tokens.count() == open_ones.count()

    def _check_events(self, completed: list[Order]) -> None:
        events = Event.objects.filter(app=self.market.app).order_by("sequence")
        expected = []
        for number, order in enumerate(completed):
            if number:
                expected.append((order.reference, "entitlement.ended"))
            expected += [
                (order.reference, "entitlement.created"),
                (order.reference, "plan.changed" if number else "installation.created"),
                (order.reference, "order.completed"),
            ]
        assert list(events.values_list("reference", "type")) == expected
        assert list(events.values_list("sequence", flat=True)) == list(range(1, len(expected) + 1))

    def _check_asks(self) -> None:
        """An app whose asks add is never asked a thing again that it may have done."""
        if self.market.program.plan_asks == "adding":
            questions = Ask.objects.filter(key__endswith=":ask").values_list("public_id", flat=True)
            assert all(self.app.acted[str(ask_id)] <= 1 for ask_id in questions)
        open_keys = [order.key("ask") for order in Order.objects.filter(status__in=Order.OPEN)]
        kept = Ask.objects.exclude(body="").exclude(key__in=open_keys)
        assert not kept.filter(key__endswith=":ask").exists()


def _answer(is_yes: bool) -> GatewayAnswer:
    return GatewayAnswer(Outcome.YES if is_yes else Outcome.NO, "ref")


def _http(status: int | None, body: bytes = b"", *, was_sent: bool = True) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": "text/plain"},
        body=body,
        error="" if status else "timeout" if was_sent else "refused",
        error_text="",
        was_sent=was_sent,
        duration_ms=1,
    )
