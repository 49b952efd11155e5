"""Every contact with the outside, gone wrong in every way: where does the order end?

The walk takes an order along each of the courses below, and along each of them again with one
more fault at each contact in turn: the bank, the app, the lease, our own transaction, the buyer.
Wherever it ends, the whole world must agree; see :meth:`tests.fakes.saga_world.World.check`.
"""

import copy
import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from apps.orders.models import Order, OrderEvent
from apps.orders.saga import TRANSITIONS, WITHDRAWABLE, Outcome, Status
from tests.fakes.market import Market
from tests.fakes.saga_world import FAULTS_OF, Fault, World

pytestmark = pytest.mark.django_db

FOR_EVER = {Fault.NO, Fault.SILENT, Fault.UNSENT}
"""Faults that may also stay: an app that is down, a bank that never answers."""


@dataclasses.dataclass(frozen=True)
class Course:
    """How an order goes without any further fault: which contact goes how, and what people do."""

    name: str
    faults: tuple[tuple[str, Fault], ...] = ()
    """Kind of contact and how its first one goes."""
    varied: frozenset[str] = frozenset(FAULTS_OF)
    """The kinds of contact that get a further fault; those before it are other courses' matter."""
    plan: str = "growth"
    is_change: bool = False
    asks: str = "duda"
    then: str = ""
    """What people do when the order waits for them."""


COURSES = (
    Course("bought"),
    Course("free", varied=frozenset({"ask"}), plan="free"),
    Course("not asked", varied=frozenset({"capture"}), asks=""),
    Course("changed", varied=frozenset({"ask", "capture", "fulfil"}), is_change=True),
    Course("refused", (("ask", Fault.NO),), frozenset({"find"})),
    Course("unanswered", (("ask", Fault.LOST),), frozenset({"find", "undo"}), asks="adding"),
    Course(
        "change unanswered",
        (("ask", Fault.LOST),),
        frozenset(),
        is_change=True,
        asks="adding",
    ),
    Course("not charged", (("capture", Fault.NO),), frozenset({"void"})),
    Course("refunded", (("fulfil", Fault.FAILS),), frozenset({"refund"}), then="refund"),
    *(
        Course(name, (("authorize", Fault.PAYER),), frozenset({"find"}), then=then)
        for name, then in (
            ("confirmed by the payer", "approve"),
            ("refused by the payer", "refuse"),
            ("the payer comes back without a word", "wake"),
        )
    ),
)


class Chooser:
    """The course's faults, each at the first contact of its kind, and one more at ``at``."""

    def __init__(
        self, course: Course, at: int = -1, fault: Fault = Fault.NONE, *, for_ever: bool = False
    ) -> None:
        self.pending = dict(course.faults)
        self.at, self.fault, self.for_ever = at, fault, for_ever
        self.met: list[str] = []
        self.is_mended = False

    def __str__(self) -> str:
        return f"contact {self.at} {self.fault}{' for ever' if self.for_ever else ''}"

    def __call__(self, kind: str) -> Fault:
        number = len(self.met)
        self.met.append(kind)
        if self.is_mended:
            return Fault.NONE
        if number == self.at:
            return self.fault
        if self.for_ever and 0 <= self.at < number and kind == self.met[self.at]:
            return self.fault
        return self.pending.pop(kind, Fault.NONE)


@contextmanager
def forgotten() -> Iterator[None]:
    """Run the block and take all of it back, after the database has checked its references."""
    with transaction.atomic():
        yield
        connection.check_constraints()
        transaction.set_rollback(True)


@dataclasses.dataclass
class Start:
    """A course's order, just placed, and what the outside knew then."""

    order: Order
    world: World
    now: dt.datetime

    def again(self, chooses: Chooser) -> World:
        """Return the world of this moment, with outside truths of its own."""
        self.world.market.clock.now = self.now
        world = World(self.world.market, chooses, Order.objects.get(pk=self.order.pk))
        world.bank.charges = copy.deepcopy(self.world.bank.charges)
        world.app.plans = dict(self.world.app.plans)
        return world


def begin(market: Market, course: Course) -> Start:
    """Place the order of a course."""
    market.program.plan_asks = course.asks
    market.program.save()
    world = World(market, lambda _kind: Fault.NONE)
    with world.around():
        if course.is_change:
            world.place(market.starter)
            world.come_to_rest()
        return Start(world.place(getattr(market, course.plan)), world, market.clock.now)


def walk(start: Start, course: Course, chooser: Chooser) -> World:
    """Bring the order to rest on its course, and check the world there."""
    world = start.again(chooser)
    with world.around():
        world.run()
        if course.then == "wake":
            Order.objects.filter(status=Status.PAYER_ACTION).update(next_attempt_at=start.now)
        elif course.then in ("approve", "refuse"):
            world.answer_payer(approved=course.then == "approve")
        order = world.come_to_rest()
        world.check()
        # Where a person must look, they do, and in the end what was broken is mended.
        for is_mended in (False, True):
            if order.parked_at is None:
                break
            chooser.is_mended = is_mended or course.then != "refund"
            if course.then == "refund" and not is_mended:
                world.refund()
            else:
                world.unpark()
            order = world.come_to_rest()
        assert order.parked_at is None, f"still parked: {order.parked_why}"
        world.check()
    return world


def variations(course: Course, contacts: list[tuple[str, Fault]]) -> Iterator[Chooser]:
    """Return every further fault at every contact of a course, from where it leaves the first."""
    own = next((at for at, (_kind, fault) in enumerate(contacts) if fault != Fault.NONE), -1)
    for at, (kind, _fault) in enumerate(contacts):
        if at <= own or kind not in course.varied:
            continue
        for fault in sorted(FAULTS_OF[kind]):
            yield Chooser(course, at, fault)
            if fault in FOR_EVER:
                yield Chooser(course, at, fault, for_ever=True)


def every_row() -> set[tuple[str, Outcome]]:
    return set(TRANSITIONS) | {
        (Status.RELEASING, Outcome.RELEASED),
        (Status.UNDOING, Outcome.UNDONE),
        (Status.UNDOING, Outcome.UNDO_REFUSED),
    }


@pytest.fixture(scope="module")
def walked() -> dict[str, set[tuple[str, str]]]:
    """By course, each status and outcome that some order of the walk came through."""
    return {}


@pytest.mark.parametrize("course", COURSES, ids=lambda course: course.name)
def test_wherever_a_single_fault_strikes_the_world_agrees(
    market: Market, settings: Any, walked: dict[str, set[tuple[str, str]]], course: Course
) -> None:
    settings.DIALECTS = {
        **settings.DIALECTS,
        "adding": "tests.fakes.dialects.AddingDialect",
    }
    rows: set[tuple[str, str]] = set()
    broken: list[str] = []
    start = begin(market, course)
    with forgotten():
        contacts = walk(start, course, Chooser(course)).contacts
        rows |= set(OrderEvent.objects.values_list("from_status", "outcome"))
    for chooser in variations(course, contacts):
        try:
            with forgotten():
                walk(start, course, chooser)
                rows |= set(OrderEvent.objects.values_list("from_status", "outcome"))
        except AssertionError as error:
            broken.append(f"{chooser} of {contacts[chooser.at][0]}: {error}")
    assert not broken, f"{len(broken)} broken:\n" + "\n".join(broken[:10])
    walked[course.name] = rows


def test_every_row_of_the_table_was_walked(walked: dict[str, set[tuple[str, str]]]) -> None:
    if len(walked) < len(COURSES):
        pytest.skip("only after the whole walk")
    assert every_row() - set().union(*walked.values()) == set()


def test_every_open_status_has_a_step_and_a_way_to_an_end() -> None:
    from apps.orders.engine import STEPS

    leads = {(start, end) for (start, _outcome), end in TRANSITIONS.items()}
    leads |= {(Status.RELEASING, Status.UNDOING)}
    leads |= {
        (start, end)
        for start in (Status.RELEASING, Status.UNDOING)
        for end in (Status.REJECTED, Status.ABANDONED)
    }
    # WAITING is for dialects that answer later; none does yet.
    open_ones = set(Order.OPEN) - {Status.WAITING}
    assert set(STEPS) == open_ones == {start for start, _end in leads}
    for status in open_ones:
        reached, frontier = {status}, {status}
        while frontier:
            frontier = {end for start, end in leads if start in frontier} - reached
            reached |= frontier
        assert reached - set(Order.OPEN), f"{status} has no way out"


def test_money_is_only_taken_after_a_yes_and_never_kept_without_one() -> None:
    into_captured = {start for (start, _), end in TRANSITIONS.items() if end == Status.CAPTURED}
    into_accepted = {
        outcome for (start, outcome), end in TRANSITIONS.items() if end == Status.ACCEPTED != start
    }
    into_completed = {start for (start, _), end in TRANSITIONS.items() if end == Status.COMPLETED}
    assert into_captured == {Status.ACCEPTED}
    assert into_accepted == {Outcome.YES, Outcome.NOT_ASKED}
    assert into_completed == {Status.CAPTURED}
    # A hold may exist in all of these: their only ways to an end lead through RELEASING.
    for status in (Status.AUTHORIZED, Status.ACCEPTED, Status.CAPTURED):
        ends = {end for (start, _), end in TRANSITIONS.items() if start == status}
        assert ends <= {*Order.OPEN, Status.COMPLETED}


def test_what_the_app_has_accepted_cannot_be_called_off() -> None:
    called_off = {start for (start, outcome) in TRANSITIONS if outcome == Outcome.WITHDRAWN}
    assert called_off == set(WITHDRAWABLE) - {Status.WAITING}
