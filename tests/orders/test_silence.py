"""No answer is not a no: what may be asked again is, on time and with the same bytes; then undone.

"Unknown" means that the app may have acted. Nothing is charged, and before the order ends the app
is told to take it back, twice, because a slow app may still act after it was told once.
"""

import datetime as dt
from typing import Any

import pytest

from apps.orders.models import Order
from apps.orders.steps import asking
from apps.webhooks.models import Ask, Attempt
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply
from tests.orders.standing import Standing, ending, standing, story
from tests.orders.test_saga_paths import ON_STARTER

pytestmark = pytest.mark.django_db

HELD = Standing(
    bank=(("HELD", 1900, 0),),
    payments=(("AUTHORIZED", 0, 0),),
    installations=("PENDING",),
    usable_tokens=1,
    readable_secrets=2,
)
CALLED_OFF = Standing(
    bank=(("VOIDED", 1900, 0),),
    payments=(("VOIDED", 0, 0),),
    installations=("FAILED",),
)
WAITS = [2, 7, 15, 30, 60]
"""Minutes after the first ask at which it is repeated, as the page promises."""


class ProcessDied(BaseException):
    """Stands for a SIGKILL: nothing after it runs, no handler sees it."""


def run_until_the_ask_leaves(market: Market, order: Order) -> None:
    """Run the order in a process that dies when its request has been written down."""

    def die(*_args: Any) -> None:
        raise ProcessDied

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "send", die)
        with pytest.raises(ProcessDied):
            market.run(order)
    order.refresh_from_db()


@pytest.mark.parametrize(
    ("reply", "status", "error", "words"),
    [
        (Reply(500), 500, "status", ""),
        (Reply(503), 503, "status", ""),
        (Reply(302, location="https://example.com/"), 302, "status", ""),
        (Reply(204), 204, "", "answered 204 where 200 is needed"),
        (Reply(201, '{"ok": true}'), 201, "", "answered 201 where 200 is needed"),
        (Reply(408), 408, "status", ""),
        (Reply(425), 425, "status", ""),
        (Reply(429), 429, "status", ""),
        (Reply(hang=1.4), None, "timeout", "no answer within 1 s"),
        (Reply(close_without_answer=True), None, "broken", "ServerDisconnectedError"),
        (Reply(200, content_length=40, text="cut short"), None, "broken", "ClientPayloadError"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else "",
)
def test_what_is_neither_yes_nor_no_keeps_the_money_held_and_is_asked_again(
    market: Market, reply: Reply, status: int | None, error: str, words: str
) -> None:
    market.vendor_app.answer("/install", reply)
    order = market.run(market.place(market.starter))

    assert (order.status, order.app_may_have_acted) == (Order.Status.AUTHORIZED, True)
    assert order.next_attempt_at == market.clock() + dt.timedelta(minutes=2)
    assert standing(market) == HELD
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.status_code, attempt.error) == ("UNKNOWN", status, error)
    assert words in attempt.error_text

    assert market.wait(order, minutes=2).status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER
    assert market.vendor_app.paths() == ["/install", "/install"]


def test_a_repeated_ask_has_the_same_bytes_and_the_same_id(market: Market) -> None:
    market.vendor_app.always["/install"] = Reply(500)
    order = market.run(market.place(market.starter))
    market.wait(order, minutes=2)
    market.wait(order, minutes=5)

    first, *others = market.vendor_app.received
    assert len(others) == 2
    for other in others:
        assert other.raw == first.raw
        assert other.headers["webhook-id"] == first.headers["webhook-id"]
    assert first.headers["webhook-id"] == str(Ask.objects.get().public_id)


def test_an_app_that_stays_silent_is_asked_six_times_in_two_hours_then_told_to_undo_twice(
    market: Market,
) -> None:
    market.vendor_app.always["/install"] = Reply(500)
    placed_at = market.clock()
    order = market.run(market.place(market.starter))
    for asked, minutes in enumerate(WAITS, start=1):
        due = placed_at + dt.timedelta(minutes=minutes)
        assert (order.next_attempt_at, len(market.vendor_app.received)) == (due, asked)
        market.clock.now = due - dt.timedelta(seconds=1)
        market.run(order)
        assert len(market.vendor_app.received) == asked, "asked before its time"
        market.clock.now = due
        market.run(order)
    give_up_at = placed_at + dt.timedelta(hours=2)
    assert (order.give_up_at, order.next_attempt_at) == (give_up_at, give_up_at)
    assert len(market.vendor_app.received) == 6
    assert standing(market) == HELD

    market.clock.now = give_up_at
    market.run(order)

    # The money first; then the app is told, and told once more one timeout later.
    assert (order.status, order.reason) == (Order.Status.UNDOING, "NO_ANSWER")
    assert standing(market).bank == CALLED_OFF.bank
    assert order.second_undo_at == give_up_at + dt.timedelta(seconds=1)
    assert market.vendor_app.paths()[6:] == ["/uninstall"]
    market.run(order)
    assert market.vendor_app.paths()[6:] == ["/uninstall"], "not sooner"

    market.wait(order, seconds=1)
    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    undos = market.vendor_app.received[6:]
    assert [each.body for each in undos] == [
        {"site_name": market.site.site_name, "free": False}
    ] * 2
    assert undos[0].headers["webhook-id"] != undos[1].headers["webhook-id"]
    assert story(order) == [
        "payment held",
        *["app did not answer"] * 6,
        "app did not answer, given up",
        "money released",
        "will be told to undo once more",
        "app told to undo",
    ]
    assert standing(market) == CALLED_OFF


def test_after_an_outage_of_ours_the_missed_asks_are_not_made_up_for(market: Market) -> None:
    market.vendor_app.always["/install"] = Reply(500)
    placed_at = market.clock()
    order = market.run(market.place(market.starter))
    market.wait(order, minutes=20)

    assert len(market.vendor_app.received) == 2
    assert order.next_attempt_at == placed_at + dt.timedelta(minutes=30)


def test_a_change_without_answer_is_undone_by_the_old_plan_with_its_old_rhythm(
    market: Market,
) -> None:
    market.buy(market.starter, recurrency="YEARLY")
    market.vendor_app.answer("/change", *[Reply(500)] * 6)
    order = market.settle(market.place(market.growth, recurrency="MONTHLY"))

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    changes = [each.body for each in market.vendor_app.received if each.path == "/change"]
    question = {
        "app_plan_uuid": str(market.growth.uuid),
        "recurrency": "MONTHLY",
        "site_name": market.site.site_name,
    }
    undo = {**question, "app_plan_uuid": str(market.starter.uuid), "recurrency": "ANNUAL"}
    assert changes == [question] * 6 + [undo] * 2


def test_an_undone_change_leaves_the_old_plan_in_force(market: Market) -> None:
    market.buy(market.starter)
    before = standing(market)
    market.vendor_app.answer("/change", *[Reply(500)] * 6)
    order = market.settle(market.place(market.growth))

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    after = standing(market)
    assert after.bank == (*before.bank, ("VOIDED", 3000, 0))
    assert after.payments == (*before.payments, ("VOIDED", 0, 0))
    for fact in ("plan", "periods", "entitled_to", "usable_tokens", "events", "booked"):
        assert getattr(after, fact) == getattr(before, fact), fact


def test_an_app_may_refuse_to_undo_and_the_buyer_keeps_the_old_plan_and_the_money(
    market: Market,
) -> None:
    market.buy(market.starter)
    market.vendor_app.answer("/change", *[Reply(500)] * 6, *[Reply(422, "No downgrades.")] * 2)
    order = market.settle(market.place(market.growth))

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert story(order)[-2:] == ["will be told to undo once more", "app refused to undo"]
    assert standing(market).plan == "starter"
    assert standing(market).bank[1] == ("VOIDED", 3000, 0)


def test_a_no_after_silence_is_a_no_and_the_silence_is_undone(market: Market) -> None:
    market.vendor_app.answer("/install", Reply(500), Reply(409, "Half done."))
    order = market.settle(market.place(market.starter))

    assert ending(order) == ("REJECTED", "")
    assert order.refusal_text == "Half done."
    assert story(order) == [
        "payment held",
        "app did not answer",
        "app refused",
        "money released",
        "will be told to undo once more",
        "app told to undo",
    ]
    assert market.vendor_app.paths() == ["/install", "/install", "/uninstall", "/uninstall"]
    assert standing(market) == CALLED_OFF


def test_a_request_whose_sender_died_counts_as_unanswered(market: Market) -> None:
    order = market.place(market.starter)
    run_until_the_ask_leaves(market, order)

    assert Attempt.objects.get().state == Attempt.State.SENDING
    market.run(order)
    assert market.vendor_app.received == [], "the dead one's lease still holds"
    assert order.lease_expires_at == market.clock() + dt.timedelta(seconds=31)

    market.wait(order, seconds=31)
    assert ending(order) == ("COMPLETED", "")
    lost, answered = Attempt.objects.order_by("number")
    assert (lost.state, lost.outcome) == ("LOST", "UNKNOWN")
    assert (answered.state, answered.outcome) == ("DONE", "YES")
    assert standing(market) == ON_STARTER


def test_a_lost_request_and_then_a_no_is_undone(market: Market) -> None:
    order = market.place(market.starter)
    run_until_the_ask_leaves(market, order)
    market.vendor_app.answer("/install", Reply(400, "No."))
    market.wait(order, seconds=31)
    market.settle(order)

    assert ending(order) == ("REJECTED", "")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert standing(market) == CALLED_OFF


# --- Asks that must not be repeated -------------------------------------------------------------


@pytest.fixture
def adding(market: Market, settings: Any) -> Market:
    settings.DIALECTS = {
        **settings.DIALECTS,
        "adding": "tests.fakes.dialects.AddingDialect",
    }
    market.program.plan_asks = "adding"
    market.program.save()
    return market


def test_an_ask_that_adds_is_not_repeated_but_undone_at_once(adding: Market) -> None:
    adding.vendor_app.answer("/install", Reply(500))
    placed_at = adding.clock()
    order = adding.settle(adding.place(adding.starter))

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert adding.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert story(order) == [
        "payment held",
        "app did not answer",
        "app did not answer, given up",
        "money released",
        "will be told to undo once more",
        "app told to undo",
    ]
    # The money was free at once; the undo waited out the timeout in which the app may act.
    moves = {row.outcome: row.at for row in order.events.all()}
    assert moves["money released"] == placed_at
    assert moves["will be told to undo once more"] == placed_at + dt.timedelta(seconds=1)
    assert moves["app told to undo"] == placed_at + dt.timedelta(seconds=2)
    assert standing(adding) == CALLED_OFF


def test_an_app_that_declared_repeats_safe_is_asked_again(adding: Market) -> None:
    adding.app.repeats_are_safe = True
    adding.app.save()
    adding.vendor_app.answer("/install", Reply(500))
    order = adding.settle(adding.place(adding.starter))

    assert ending(order) == ("COMPLETED", "")
    assert adding.vendor_app.paths() == ["/install", "/install"]
    assert standing(adding) == ON_STARTER


def test_an_ask_that_adds_and_never_left_is_tried_again(
    adding: Market, free_port: Any, settings: Any
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [adding.vendor_app.url, nobody]
    adding.app.install_url = f"{nobody}/install"
    adding.app.save()
    order = adding.run(adding.place(adding.starter))

    assert (order.status, order.app_may_have_acted) == (Order.Status.AUTHORIZED, False)
    assert order.next_attempt_at == adding.clock() + dt.timedelta(minutes=2)


def test_a_lost_request_of_an_ask_that_adds_is_undone(adding: Market) -> None:
    order = adding.place(adding.starter)
    run_until_the_ask_leaves(adding, order)
    adding.wait(order, seconds=31)
    adding.settle(order)

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert adding.vendor_app.paths() == ["/uninstall", "/uninstall"]
    assert standing(adding) == CALLED_OFF


# --- Asks that never left -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:{port}/install", "refused"),
        ("http://10.11.12.13/install", "blocked"),
        ("http://169.254.169.254/latest/meta-data/", "blocked"),
        ("http://app.invalid/install", "dns"),
    ],
    ids=["closed port", "private address", "metadata service", "unknown name"],
)
def test_an_app_that_is_never_reached_is_tried_until_given_up_and_has_nothing_to_undo(
    market: Market, free_port: Any, settings: Any, url: str, error: str
) -> None:
    port = free_port()
    settings.OUTBOUND_ALLOWED_ORIGINS = [market.vendor_app.url, f"http://127.0.0.1:{port}"]
    market.app.install_url = url.format(port=port)
    market.app.save()
    placed_at = market.clock()
    order = market.settle(market.place(market.starter))

    assert ending(order) == ("ABANDONED", "APP_DOWN")
    assert order.app_may_have_acted is False
    assert story(order) == [
        "payment held",
        *["app not reached"] * 6,
        "app not reached, given up",
        "money released",
    ]
    attempts = Attempt.objects.order_by("number")
    assert {(row.outcome, row.error) for row in attempts} == {("NOT_SENT", error)}
    assert [(row.started_at - placed_at) for row in attempts] == [
        dt.timedelta(minutes=minutes) for minutes in [0, *WAITS]
    ]
    assert order.finished_at == placed_at + dt.timedelta(hours=2)
    assert market.vendor_app.received == []
    assert standing(market) == CALLED_OFF
    assert Ask.objects.get().outcome == "NOT_SENT"


def test_an_app_that_comes_back_in_time_is_asked_and_charged_for(
    market: Market, free_port: Any, settings: Any
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [market.vendor_app.url, nobody]
    good = market.app.install_url
    market.app.install_url = f"{nobody}/install"
    market.app.save()
    order = market.run(market.place(market.starter))
    Ask.objects.update(url=good)

    assert market.wait(order, minutes=2).status == Order.Status.COMPLETED
    assert standing(market) == ON_STARTER


def test_silence_and_then_no_connection_is_undone_as_silence(
    market: Market, free_port: Any, settings: Any
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [market.vendor_app.url, nobody]
    market.vendor_app.answer("/install", Reply(500))
    order = market.run(market.place(market.starter))
    Ask.objects.update(url=f"{nobody}/install")
    market.settle(order)

    assert ending(order) == ("ABANDONED", "NO_ANSWER")
    assert market.vendor_app.paths() == ["/install", "/uninstall", "/uninstall"]
    assert standing(market) == CALLED_OFF


# --- The undo itself ----------------------------------------------------------------------------


def test_an_undo_without_answer_is_repeated_and_parked_after_a_day_with_the_money_free(
    market: Market,
) -> None:
    market.vendor_app.answer("/install", Reply(500), Reply(400, "No."))
    market.vendor_app.always["/uninstall"] = Reply(500)
    order = market.run(market.place(market.starter))
    market.wait(order, minutes=2)
    assert (order.status, standing(market).bank) == (Order.Status.UNDOING, CALLED_OFF.bank)
    market.wait(order, seconds=1)
    waits = []
    for _ in range(4):
        assert order.next_attempt_at is not None
        waits.append((order.next_attempt_at - market.clock()).total_seconds())
        market.clock.now = order.next_attempt_at
        market.run(order)
    assert waits == [15, 60, 300, 300]
    assert standing(market).bank == CALLED_OFF.bank
    undos = [each for each in market.vendor_app.received if each.path == "/uninstall"]
    assert len({each.headers["webhook-id"] for each in undos}) == 1
    assert len({each.raw for each in undos}) == 1

    market.wait(order, days=1)
    assert (order.status, order.is_open) == (Order.Status.UNDOING, True)
    assert order.parked_at == market.clock()
    assert "money is free" in order.parked_why


def test_an_undo_that_is_not_reached_is_repeated(
    market: Market, free_port: Any, settings: Any
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    settings.OUTBOUND_ALLOWED_ORIGINS = [market.vendor_app.url, nobody]
    market.app.uninstall_url = f"{nobody}/uninstall"
    market.app.save()
    market.vendor_app.answer("/install", Reply(500), Reply(400, "No."))
    order = market.run(market.place(market.starter))
    market.wait(order, minutes=2)
    market.wait(order, seconds=1)
    assert story(order)[-1] == "undo: no answer"
    Ask.objects.filter(key=order.key("undo")).update(url=f"{market.vendor_app.url}/uninstall")
    market.app.uninstall_url = f"{market.vendor_app.url}/uninstall"
    market.app.save()
    market.settle(order)

    assert ending(order) == ("REJECTED", "")
    assert market.vendor_app.paths() == ["/install", "/install", "/uninstall", "/uninstall"]
