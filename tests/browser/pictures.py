"""The states that ``make screenshots`` takes pictures of.

The market is the one that ``seed_demo`` makes. What it lacks is made by ordering, with the demo
app told what to answer, and brought to its state by the worker.
"""

import dataclasses
import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from apps.accounts.models import Organization, Site, User
from apps.backoffice.demo.people import AGENCY_STAFF_EMAIL, CLIENT_EMAIL, STAFF_EMAIL
from apps.catalog.models import App, Plan, Program
from apps.core.clock import current_time
from apps.orders.models import Order, Quote
from apps.orders.services import make_quote, park_order, place_order, withdraw_order
from apps.payments.gateways.protocol import Outcome
from apps.payments.services import add_card
from apps.subscriptions.models import Subscription
from tests.browser.conftest import Worker, session_cookie
from tests.browser.watching import Watch, faults_of
from tests.demo.conftest import DemoApp
from tests.factories import MembershipFactory, OrganizationFactory, SiteFactory, UserFactory

FOLDER = Path(settings.BASE_DIR) / "build" / "screenshots"

MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "mobile": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}

REFUSAL = (
    "Workspace cedar-house is linked to another Bookwell account. Ask its owner to release it "
    "under Settings › Workspaces, then try again."
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1500),
]


@dataclasses.dataclass
class Camera:
    """Takes pictures as one person after the other, in each mode."""

    new_context: Callable[..., BrowserContext]
    origin: str
    faults: list[str] = dataclasses.field(default_factory=list)
    _pages: dict[tuple[str, str], tuple[Page, Watch]] = dataclasses.field(default_factory=dict)

    def take(
        self,
        name: str,
        path: str,
        user: User | None = None,
        *,
        act: Callable[[Page], object] | None = None,
        modes: tuple[str, ...] = tuple(MODES),
        is_audited: bool = True,
    ) -> None:
        """Open ``path`` as ``user``, do ``act``, and take the whole page."""
        for mode in modes:
            page, watch = self._page(user, mode)
            page.goto(path)
            if act is not None:
                act(page)
            page.evaluate("document.fonts.ready")
            shoot(page, FOLDER / f"{name}-{mode}.png")
            found = [*watch.faults, *(faults_of(page) if is_audited else ())]
            self.faults += [f"{name}-{mode}: {fault}" for fault in found]
            watch.faults.clear()

    def _page(self, user: User | None, mode: str) -> tuple[Page, Watch]:
        key = (user.email if user else "", mode)
        if key not in self._pages:
            context = self.new_context(**{"reduced_motion": "reduce", **MODES[mode]})
            watch = Watch(self.origin)
            watch.attach(context)
            if user is not None:
                context.add_cookies([{**session_cookie(user), "url": self.origin}])
            self._pages[key] = (context.new_page(), watch)
        return self._pages[key]


@dataclasses.dataclass
class Demo:
    """The seeded marketplace, and orders brought to where a picture wants them."""

    demo_app: DemoApp
    worker: Worker
    agency: Organization
    mia: User
    bookwell: App

    def site(self, label: str) -> Site:
        """Make another site of the agency."""
        name = label.lower().replace(" & ", "-and-").replace(" ", "-")
        return SiteFactory(
            organization=self.agency,
            site_name=name,
            label=label,
            domain=f"{name.replace('-', '')}.example",
        )

    def plan(self, name: str) -> Plan:
        """A plan of Bookwell by its English name."""
        return Plan.objects.get(app=self.bookwell, profiles__language="en", profiles__name=name)

    def quote(self, site: Site, plan: str = "Growth", recurrency: str = "MONTHLY") -> Quote:
        """Quote a plan of Bookwell, as its program is now."""
        return make_quote(
            actor=self.mia,
            now=current_time(),
            app=App.objects.get(pk=self.bookwell.pk),
            site=site,
            plan=self.plan(plan),
            recurrency=recurrency,
        )

    def order(self, site: Site, plan: str = "Growth", card: str = "4242424242424242") -> Order:
        """Order a plan, paid by a card of its own."""
        method = add_card(
            actor=self.mia,
            now=current_time(),
            organization=self.agency,
            number=card,
            expires_month=12,
            expires_year=current_time().year + 4,
            make_default=False,
        )
        quote = self.quote(site, plan)
        order = place_order(actor=self.mia, now=current_time(), quote=quote, payment_method=method)
        # The page's lists stay short: the card is shown where it was used.
        method.removed_at = current_time()
        method.save(update_fields=["removed_at"])
        return order

    def site_on_starter(self, label: str) -> Site:
        """Make a site that bought Starter a moment ago."""
        site = self.site(label)
        self.settle(self.order(site, "Starter"))
        return site

    def settle(self, order: Order, *, until: Callable[[Order], bool] | None = None) -> Order:
        """Sweep, as beat does, until the order has ended or ``until`` holds."""
        deadline = time.monotonic() + 60
        while True:
            order.refresh_from_db()
            if (until or (lambda row: not row.is_open))(order) and order.lease_token is None:
                return order
            assert time.monotonic() < deadline, f"{order.number} stays {order.status}"
            self.worker.sweep()
            time.sleep(0.2)


@pytest.fixture
def demo(
    settled: None,
    demo_app: DemoApp,
    demo_app_folder: Path,
    worker: Worker,
    live_server: LiveServer,
) -> Iterator[Demo]:
    with override_settings(DEMO_APP_URL=demo_app.url, DEMO_APP_DIR=demo_app_folder):
        # The past is driven by the command itself, with the clock of the past.
        with worker.paused(), ThreadPoolExecutor(1) as thread:
            # Asks run a loop of their own, and Playwright's runs in this thread.
            thread.submit(seed).result()
        yield Demo(
            demo_app=demo_app,
            worker=worker,
            agency=Organization.objects.get(slug="northlight-studio"),
            mia=User.objects.get(email=AGENCY_STAFF_EMAIL),
            bookwell=App.objects.get(slug="bookwell"),
        )


def shoot(page: Page, path: Path) -> None:
    """Take the whole page, in a window as high as the page: what sticks to its end is there."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], height)})
    page.screenshot(path=path)
    page.set_viewport_size(size)


def seed() -> None:
    try:
        call_command("seed_demo", verbosity=0)
    finally:
        connection.close()


@pytest.fixture
def camera(
    new_context: Callable[..., BrowserContext], live_server: LiveServer, settled: None
) -> Camera:
    return Camera(new_context, live_server.url)


def test_screenshots(camera: Camera, demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    signing_in(camera)
    store_and_sites(camera, demo)
    choosing_and_paying(camera, demo)
    orders(camera, demo)
    clients(camera, demo)
    admin(camera, demo)
    errors(camera, demo, monkeypatch)
    assert not camera.faults, "\n".join(camera.faults)


def signing_in(camera: Camera) -> None:
    camera.take("sign-in", "/accounts/login/")

    def mistype(page: Page) -> None:
        page.get_by_label("Email").fill("mia@northlight.example")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()

    camera.take("sign-in-wrong", "/accounts/login/", act=mistype)
    camera.take("password-reset", "/accounts/password/reset/")
    camera.take("password-reset-sent", "/accounts/password/reset/done/")
    camera.take("password-link-ended", "/accounts/password/reset/key/1-set-password/")


def store_and_sites(camera: Camera, demo: Demo) -> None:
    bookwell = demo.bookwell.uuid
    tidemark = App.objects.get(slug="tidemark-forms").uuid
    camera.take("apps", "/apps/", demo.mia)
    camera.take("app", f"/apps/{bookwell}/", demo.mia)
    camera.take("sites", "/sites/", demo.mia)
    camera.take("manage-apps", "/sites/mill-lane-physio/", demo.mia)
    camera.take("manage-apps-empty", "/sites/bright-and-sons/", demo.mia)
    camera.take("app-page", f"/sites/harbor-dental/apps/{bookwell}/", demo.mia)
    camera.take("app-page-not-added", f"/sites/bright-and-sons/apps/{bookwell}/", demo.mia)
    camera.take("app-page-trial", f"/sites/mill-lane-physio/apps/{tidemark}/", demo.mia)
    camera.take("app-page-test", f"/sites/galerie-du-port/apps/{bookwell}/", staff(demo))
    camera.take("preferences", "/preferences/", demo.mia)
    camera.take("password-change", "/accounts/password/change/", demo.mia)
    camera.take("sign-out", "/accounts/logout/", demo.mia)
    camera.take(
        "menu",
        "/sites/",
        demo.mia,
        act=lambda page: page.locator("details.menu:visible summary").last.click(),
    )


def choosing_and_paying(camera: Camera, demo: Demo) -> None:
    app, mia = demo.bookwell.uuid, demo.mia
    harbor = Site.objects.get(site_name="harbor-dental")
    bright = Site.objects.get(site_name="bright-and-sons")
    plans = f"/sites/harbor-dental/apps/{app}/plans/"
    camera.take("plan-selection", plans, mia)
    camera.take("plan-selection-yearly", f"{plans}?recurrency=YEARLY", mia)
    camera.take("plan-selection-install", f"/sites/bright-and-sons/apps/{app}/plans/", mia)
    camera.take("plan-selection-german", plans, demo.agency.owner)
    noa = User.objects.get(email="noa@northlight.example")
    camera.take("plan-selection-hebrew", plans, noa)
    hidden = Plan.objects.filter(app=demo.bookwell, is_hidden=True).first()
    assert hidden is not None
    camera.take("plan-selection-named", f"{plans}?plan={hidden.uuid}", mia)
    starter = demo.plan("Starter").uuid
    nothing = "00000000-0000-4000-8000-000000000000"
    camera.take("plan-not-to-be-chosen", f"{plans}?plan={starter}&plan={nothing}", mia)
    highest = f"/sites/boulangerie-ravel/apps/{app}/plans/"
    Subscription.objects.filter(site__site_name="boulangerie-ravel").update(plan=hidden)
    camera.take("plan-highest", highest, User.objects.get(email="camille@vasseur.example"))
    lumen = App.objects.get(slug="lumen-seo").uuid
    camera.take("install-default-plan", f"/sites/bright-and-sons/apps/{lumen}/plans/", mia)

    upgrade = f"/quotes/{demo.quote(harbor).public_id}/"
    camera.take("confirm-pay", upgrade, mia)
    camera.take("confirm-pay-install", f"/quotes/{demo.quote(bright).public_id}/", mia)
    camera.take("confirm-pay-german", upgrade, demo.agency.owner)
    camera.take("new-card", f"{upgrade}card/", mia)

    def mistype(page: Page) -> None:
        page.get_by_label("Card number").fill("4111 1111 1111 1111")
        page.get_by_label("Expires, year").select_option(index=3)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("alert").wait_for()

    camera.take("new-card-wrong", f"{upgrade}card/", mia, act=mistype)
    newcomer = OrganizationFactory(
        name="Copperfield Studio", owner__name="Ada Byron", slug="copperfield-studio"
    )
    site = SiteFactory(organization=newcomer, label="Kite & Co", site_name="kite-and-co")
    quote = make_quote(
        actor=newcomer.owner,
        now=current_time(),
        app=demo.bookwell,
        site=site,
        plan=demo.plan("Growth"),
        recurrency="YEARLY",
    )
    camera.take("confirm-pay-no-card", f"/quotes/{quote.public_id}/", newcomer.owner)
    camera.take("orders-empty", "/orders/", newcomer.owner)
    test = make_quote(
        actor=staff(demo),
        now=current_time(),
        app=demo.bookwell,
        site=bright,
        plan=demo.plan("Growth"),
        recurrency="MONTHLY",
    )
    camera.take("confirm-test-install", f"/quotes/{test.public_id}/", staff(demo))
    expired = demo.quote(bright, "Scale", "YEARLY")
    expired.made_at -= dt.timedelta(minutes=31)
    expired.expires_at -= dt.timedelta(minutes=31)
    expired.save()
    camera.take("quote-expired", f"/quotes/{expired.public_id}/", mia)


def orders(camera: Camera, demo: Demo) -> None:
    mia, control = demo.mia, demo.demo_app.control
    labels = ("Cedar House", "Lantern Books", "Orchard Nursery", "Alder Opticians", "Summit Legal")
    upgraded = {label: demo.site_on_starter(label) for label in labels}
    Program.objects.update(ask_timeout=60)

    def page_of(order: Order) -> str:
        return f"/orders/{order.public_id}/"

    def first_attempts(count: int) -> Callable[[Order], bool]:
        return lambda row: row.payment is not None and demo_attempts(row) >= count

    site = upgraded["Orchard Nursery"]
    control(do="hang", site_name=site.site_name)
    order = demo.order(site)
    wait_for(lambda: demo_attempts(order) == 1)
    camera.take("order-progress", page_of(order), mia)
    camera.take(
        "plans-while-an-order-is-open", f"/sites/{site.site_name}/", mia, modes=("light", "mobile")
    )
    Program.objects.update(ask_timeout=2)
    control(do="reset")

    site = upgraded["Cedar House"]
    control(do="refuse", status=403, text=REFUSAL, site_name=site.site_name)
    refused = demo.settle(demo.order(site))
    camera.take("order-refused", page_of(refused), mia)
    camera.take("order-refused-german", page_of(refused), demo.agency.owner, modes=("light",))

    site = upgraded["Lantern Books"]
    control(do="hang", site_name=site.site_name, once=False)
    silent = demo.order(site)
    demo.settle(silent, until=first_attempts(1))
    Order.objects.filter(pk=silent.pk).update(next_attempt_at=current_time())
    demo.settle(silent, until=first_attempts(2))
    camera.take("order-no-answer", page_of(silent), mia)
    control(do="reset")

    site = upgraded["Alder Opticians"]
    reachable = demo.bookwell.change_url
    App.objects.filter(pk=demo.bookwell.pk).update(change_url="http://127.0.0.1:9/change")
    away = demo.order(site)
    demo.settle(away, until=first_attempts(1))
    App.objects.filter(pk=demo.bookwell.pk).update(change_url=reachable)
    camera.take("order-app-away", page_of(away), mia)

    site = upgraded["Summit Legal"]
    control(do="fail", site_name=site.site_name)
    parked = demo.order(site)
    demo.settle(parked, until=first_attempts(1))
    park_order(
        actor=staff(demo), now=current_time(), order=parked, reason="The app may have done it."
    )
    camera.take("order-parked", page_of(parked), mia)

    declined = demo.settle(demo.order(upgraded["Cedar House"], card="4000000000009995"))
    camera.take("order-declined", page_of(declined), mia)
    new_site = demo.site("Riverside Dental")
    action = demo.order(new_site, card="4000002500003155")
    demo.settle(action, until=lambda row: row.status == Order.Status.PAYER_ACTION)
    camera.take("order-payer-action", page_of(action), mia)
    action.refresh_from_db()
    assert action.payment is not None
    camera.take("bank", action.payment.action_url, mia)
    bank_silent = demo.order(demo.site("Pine Street Gym"), card="4000000000000259")
    wait_for(lambda: has_unknown_call(bank_silent))
    camera.take("order-bank-silent", page_of(bank_silent), mia)
    failed = demo.settle(demo.order(demo.site("Copper Kettle"), card="4000000000000119"))
    camera.take("order-charge-failed", page_of(failed), mia)
    withdraw_order(actor=mia, now=current_time(), order=silent)
    camera.take("order-withdrawn", page_of(demo.settle(silent)), mia)
    with demo.worker.paused():
        waiting = demo.order(demo.site("Maple Montessori"))
        earlier = current_time() - dt.timedelta(seconds=40)
        Order.objects.filter(pk=waiting.pk).update(placed_at=earlier, next_attempt_at=earlier)
        camera.take("order-waits", page_of(waiting), mia)
    done = demo.settle(demo.order(upgraded["Cedar House"]))
    camera.take("order-done", page_of(done), mia)
    camera.take("receipt", f"{page_of(done)}receipt/", mia)
    test = Order.objects.filter(mode="TEST").first()
    assert test is not None
    camera.take("order-test", page_of(test), staff(demo))
    camera.take("orders", "/orders/", mia)


def clients(camera: Camera, demo: Demo) -> None:
    client = User.objects.get(email=CLIENT_EMAIL)
    app = f"/sites/harbor-dental/apps/{demo.bookwell.uuid}/"
    camera.take("client-sites", "/sites/", client)
    camera.take("client-apps", "/sites/harbor-dental/", client)
    camera.take("client-app-page", app, client)
    camera.take("client-plans", f"{app}plans/", client)
    newcomer = UserFactory(name="Nell Gray")
    MembershipFactory(user=newcomer, organization=demo.agency, client=True)
    camera.take("client-no-site", "/sites/", newcomer)


def admin(camera: Camera, demo: Demo) -> None:
    from django.contrib import admin as django_admin

    def take(name: str, path: str, **more: Any) -> None:
        camera.take(f"admin-{name}", path, staff(demo), is_audited=False, **more)

    take("dashboard", "/admin/")
    for model in sorted(django_admin.site._registry, key=lambda model: model._meta.label_lower):
        options = model._meta
        path = f"/admin/{options.app_label}/{options.model_name}/"
        modes = tuple(MODES) if options.model_name in ("app", "order") else ("light",)
        take(f"{options.model_name}-list", path, modes=modes)
        row = model._default_manager.order_by("pk").first()
        if row is not None and options.model_name not in ("order", "app"):
            take(f"{options.model_name}", f"{path}{row.pk}/change/", modes=("light",))
    take("app", f"/admin/catalog/app/{demo.bookwell.pk}/change/")
    take("import-manifest", reverse("admin:catalog_app_import_manifest"))
    for name, status in (
        ("done", Order.Status.COMPLETED),
        ("refused", Order.Status.REJECTED),
        ("parked", Order.Status.AUTHORIZED),
    ):
        order = Order.objects.filter(status=status).order_by("-pk").first()
        assert order is not None
        take(f"order-{name}", f"/admin/orders/order/{order.pk}/change/")


def errors(camera: Camera, demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    camera.take("error-404", "/nothing/here/", demo.mia)
    camera.take("error-404-nobody", "/nothing/here/")

    def lose_the_token(page: Page) -> None:
        page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
        page.get_by_role("button", name="Save").click()
        page.wait_for_load_state()

    camera.take("error-403-csrf", "/preferences/", demo.mia, act=lose_the_token)

    def fail(*_: object) -> None:
        raise RuntimeError("for a picture of the page that says so")

    monkeypatch.setattr("apps.portal.views.store.apps_on_store", fail)
    camera.take("error-500", "/apps/", demo.mia)
    camera.faults = [fault for fault in camera.faults if not fault.startswith("error-500")]


def staff(demo: Demo) -> User:
    return User.objects.get(email=STAFF_EMAIL)


def demo_attempts(order: Order) -> int:
    """How many times the app was asked for an order."""
    from apps.webhooks.models import Attempt

    return Attempt.objects.filter(ask__key=order.key("ask")).count()


def has_unknown_call(order: Order) -> bool:
    """Whether the bank has left a call unanswered."""
    order.refresh_from_db()
    payment = order.payment
    return payment is not None and payment.calls.filter(outcome=Outcome.UNKNOWN).exists()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
