"""The buttons of an order's page: what they do, who may press them, and when they are there."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from apps.accounts.models import User
from apps.orders.models import Order, OrderEvent
from tests.backoffice.pages import buttons, errors, page, press
from tests.fakes.market import Market
from tests.fakes.vendor_app import Reply

BUTTONS = ["retry_now", "park", "unpark", "withdraw", "refund"]


@pytest.fixture
def waiting(market: Market) -> Order:
    """An order whose money is held and whose app does not answer."""
    market.vendor_app.always["/install"] = Reply(503)
    order = market.run(market.place(market.growth))
    assert order.status == Order.Status.AUTHORIZED
    return order


def test_an_open_order_can_be_hurried_parked_and_cancelled(
    staff_client: Client, waiting: Order
) -> None:
    assert buttons(staff_client, waiting) == {"retry_now", "park", "withdraw"}


def test_a_done_order_has_no_buttons(staff_client: Client, market: Market) -> None:
    assert buttons(staff_client, market.buy(market.growth)) == set()


@pytest.mark.parametrize("button", BUTTONS)
def test_looking_at_a_button_changes_nothing(
    button: str, staff_client: Client, waiting: Order
) -> None:
    before = Order.objects.filter(pk=waiting.pk).values().get()
    assert staff_client.get(page(waiting, button)).status_code == 200
    assert Order.objects.filter(pk=waiting.pk).values().get() == before


def test_parking_keeps_who_when_and_why(
    staff_client: Client, waiting: Order, superuser: User
) -> None:
    answer = press(staff_client, waiting, "park", reason="The vendor called.")
    waiting.refresh_from_db()
    assert answer.status_code == 302
    assert waiting.parked_at is not None
    assert waiting.parked_why == "The vendor called."
    event = OrderEvent.objects.filter(order=waiting, outcome="parked").get()
    assert (event.actor, event.text) == (superuser, "The vendor called.")
    log = LogEntry.objects.get(object_id=str(waiting.pk))
    assert (log.user, log.change_message) == (superuser, "Park: The vendor called.")
    assert buttons(staff_client, waiting) == {"unpark", "withdraw"}


def test_parking_without_a_reason_is_refused(staff_client: Client, waiting: Order) -> None:
    answer = press(staff_client, waiting, "park", reason="  ")
    waiting.refresh_from_db()
    assert "reason" in errors(answer)
    assert waiting.parked_at is None


def test_unparking_lets_it_go_on(staff_client: Client, waiting: Order, superuser: User) -> None:
    press(staff_client, waiting, "park", reason="Wait.")
    press(staff_client, waiting, "unpark")
    waiting.refresh_from_db()
    assert waiting.parked_at is None
    assert OrderEvent.objects.filter(order=waiting, outcome="unparked", actor=superuser).exists()


def test_unparking_what_is_not_parked_says_so(staff_client: Client, waiting: Order) -> None:
    answer = press(staff_client, waiting, "unpark")
    assert answer.status_code == 200
    assert "This order is not parked." in errors(answer)


def test_try_again_now_makes_the_next_step_due(
    staff_client: Client, waiting: Order, market: Market
) -> None:
    due_before = waiting.next_attempt_at
    press(staff_client, waiting, "retry_now")
    waiting.refresh_from_db()
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at != due_before
    market.vendor_app.always.clear()
    market.clock.now = waiting.next_attempt_at
    assert market.run(waiting).status == Order.Status.COMPLETED


def test_staff_cancel_an_order_for_the_buyer(
    staff_client: Client, waiting: Order, market: Market
) -> None:
    press(staff_client, waiting, "withdraw", reason="The buyer asked on the phone.")
    waiting.refresh_from_db()
    assert waiting.withdrawn_at is not None
    market.clock.now = max(market.clock.now, waiting.withdrawn_at)
    market.settle(waiting)
    assert waiting.reason == Order.Reason.WITHDRAWN
    assert waiting.payment is not None
    waiting.payment.refresh_from_db()
    assert waiting.payment.captured_amount == 0


def test_a_done_order_cannot_be_cancelled(staff_client: Client, market: Market) -> None:
    order = market.buy(market.growth)
    answer = press(staff_client, order, "withdraw", reason="Too late.")
    order.refresh_from_db()
    assert "cannot be cancelled" in errors(answer)
    assert order.status == Order.Status.COMPLETED


def test_only_a_paid_and_parked_order_is_refunded_so(staff_client: Client, waiting: Order) -> None:
    answer = press(staff_client, waiting, "refund", reason="Why not.")
    waiting.refresh_from_db()
    assert "paid and parked" in errors(answer)
    assert waiting.status == Order.Status.AUTHORIZED


def test_refund_of_a_paid_and_parked_order(staff_client: Client, market: Market) -> None:
    order = market.place(market.growth)
    Order.objects.filter(pk=order.pk).update(status=Order.Status.CAPTURED)
    order.refresh_from_db()
    press(staff_client, order, "park", reason="Cannot be fulfilled.")
    assert buttons(staff_client, order) == {"unpark", "refund"}
    press(staff_client, order, "refund", reason="The site is gone.")
    order.refresh_from_db()
    assert order.status == Order.Status.RELEASING
    assert order.parked_at is None


@pytest.mark.parametrize("button", BUTTONS)
def test_staff_who_may_only_look_press_nothing(button: str, waiting: Order, market: Market) -> None:
    viewer = market.buyer
    viewer.is_staff = True
    viewer.save()
    viewer.user_permissions.add(Permission.objects.get(codename="view_order"))
    client = Client()
    client.force_login(viewer)
    before = Order.objects.filter(pk=waiting.pk).values().get()
    assert client.get(page(waiting)).status_code == 200
    assert buttons(client, waiting) == set()
    assert client.get(page(waiting, button)).status_code == 403
    assert press(client, waiting, button, reason="Because.").status_code == 403
    assert Order.objects.filter(pk=waiting.pk).values().get() == before


def test_a_buyer_presses_nothing(waiting: Order, market: Market) -> None:
    client = Client()
    client.force_login(market.buyer)
    assert press(client, waiting, "park", reason="Mine.").status_code == 302
    waiting.refresh_from_db()
    assert waiting.parked_at is None


def test_a_button_needs_the_page_it_stands_on(waiting: Order, superuser: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    assert press(client, waiting, "park", reason="From elsewhere.").status_code == 403
    waiting.refresh_from_db()
    assert waiting.parked_at is None
