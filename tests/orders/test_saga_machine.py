"""Orders one after another while hypothesis breaks things: at rest the whole world agrees.

The walk (test_saga_walk.py) knows one fault at a time. Here they come in any number and order,
with people who call off, confirm, unpark and refund, and with plan changes that leave credit.
"""

import datetime as dt
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.catalog.models import App
from apps.orders.models import Order
from tests.factories import PlanFactory
from tests.fakes.market import NOON, Market
from tests.fakes.saga_world import FAULTS_OF, Fault, World
from tests.orders.test_saga_walk import forgotten

pytestmark = pytest.mark.django_db

LADDER = ("free", "starter", "growth", "scale")
RECURRENCIES = ("MONTHLY", "YEARLY")
MOOD = st.lists(st.sampled_from(sorted(Fault)), max_size=6)
"""How the next contacts go; a fault that a kind of contact cannot have means that it goes well."""


class SagaMachine(RuleBasedStateMachine):
    """One site and its orders. Set :attr:`market` before it runs."""

    market: Market
    asks: str

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(forgotten())
        self.market.clock.now = NOON
        self.market.program.plan_asks = self.asks
        self.market.program.save()
        self.mood: list[Fault] = []
        self.world = World(self.market, self._choose)
        self.stack.enter_context(self.world.around())

    def _choose(self, kind: str) -> Fault:
        fault = self.mood.pop(0) if self.mood else Fault.NONE
        return fault if fault in FAULTS_OF[kind] else Fault.NONE

    @property
    def order(self) -> Order | None:
        if self.world.order is not None:
            self.world.order.refresh_from_db()
        return self.world.order

    def is_waiting(self) -> bool:
        return self.order is not None and self.order.is_open

    @initialize(plan=st.sampled_from(LADDER[:3]), recurrency=st.sampled_from(RECURRENCIES))
    def install(self, plan: str, recurrency: str) -> None:
        self._place(plan, recurrency)

    @precondition(lambda self: not self.is_waiting())
    @rule(plan=st.sampled_from(LADDER), recurrency=st.sampled_from(RECURRENCIES))
    def buy(self, plan: str, recurrency: str) -> None:
        App.objects.filter(pk=self.market.app.pk).update(status=App.Status.PUBLISHED)
        installed = Order.objects.filter(app=self.market.app, status="COMPLETED").last()
        if installed is None or LADDER.index(plan) > LADDER.index(installed.quote.plan.sku.slug):
            self._place(plan, recurrency)

    def _place(self, plan: str, recurrency: str) -> None:
        chosen = self.scale if plan == "scale" else getattr(self.market, plan)
        self.world.place(chosen, **({} if plan == "free" else {"recurrency": recurrency}))

    @precondition(is_waiting)
    @rule(mood=MOOD)
    def work(self, mood: list[Fault]) -> None:
        self.mood = list(mood)
        self.world.run()
        self.mood = []

    @rule(
        span=st.sampled_from(
            [
                dt.timedelta(seconds=1),
                dt.timedelta(seconds=31),
                dt.timedelta(minutes=2),
                dt.timedelta(minutes=31),
                dt.timedelta(hours=2),
                dt.timedelta(days=9),
            ]
        )
    )
    def wait(self, span: dt.timedelta) -> None:
        self.world.move_to(self.market.clock.now + span)

    @precondition(is_waiting)
    @rule()
    def call_off(self) -> None:
        self.world.withdraw()

    @precondition(is_waiting)
    @rule(approved=st.booleans())
    def confirm_at_the_bank(self, approved: bool) -> None:
        self.world.answer_payer(approved=approved)

    @precondition(is_waiting)
    @rule(refunded=st.booleans())
    def look_at_a_parked_order(self, refunded: bool) -> None:
        self.world.refund() if refunded else self.world.unpark()

    @invariant()
    def nobody_is_charged_without_a_yes(self) -> None:
        for order in Order.objects.filter(app=self.market.app):
            charge = self.world.bank.charges.get(order.key("pay"))
            if charge is not None and charge.taken > charge.returned:
                assert order.status in ("ACCEPTED", "CAPTURED", "COMPLETED", "RELEASING")
                assert charge.taken == order.total

    def teardown(self) -> None:
        try:
            self.mood = []
            if self.world.order is not None:
                order = self.world.come_to_rest()
                self.world.check()
                if order.parked_at is not None:
                    self.world.unpark()
                    order = self.world.come_to_rest()
                    assert order.parked_at is None, order.parked_why
                    self.world.check()
        finally:
            self.stack.close()


@pytest.fixture(params=["duda", "adding"])
def machine(request: Any, market: Market, settings: Any) -> type[SagaMachine]:
    settings.DIALECTS = {**settings.DIALECTS, "adding": "tests.fakes.dialects.AddingDialect"}
    scale = PlanFactory(app=market.app, grade=3, monthly=9900, yearly=99000, sku__slug="scale")
    facts = {"market": market, "asks": request.param, "scale": scale}
    return type("Machine", (SagaMachine,), facts)


def test_whatever_breaks_in_whatever_order_the_world_agrees_at_rest(
    machine: type[SagaMachine],
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=12,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
