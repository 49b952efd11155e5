"""``seed_demo`` and ``demo_credentials`` on a real database, with the real demo app asked."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps as installed_apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Max
from django.test import override_settings
from django.utils import timezone

from apps.accounts.access import sites_for
from apps.accounts.models import Membership, Organization, Site, Token, User
from apps.backoffice.demo.history import PURCHASES, REFUSAL
from apps.catalog.models import App, AppCredential, Plan, PlanProfile, Price
from apps.catalog.selectors import price_in_force
from apps.core.modes import Mode
from apps.core.secrets import digest
from apps.entitlements.models import Entitlement
from apps.ledger.checking import findings
from apps.orders.models import Order
from apps.payments.models import Payment
from apps.subscriptions.models import Installation, InstallationToken, Period, Subscription
from apps.webhooks.models import Ask, Endpoint
from tests.demo.conftest import DemoApp, StartDemoApp


def call(command: str, **options: Any) -> str:
    answer = io.StringIO()
    call_command(command, stdout=answer, **options)
    return answer.getvalue()


def address_settings(url: str, folder: Path) -> override_settings:
    return override_settings(DEMO_APP_URL=url, DEMO_APP_DIR=folder, OUTBOUND_ALLOWED_ORIGINS=[url])


@pytest.fixture(scope="module")
def seeded(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    free_port: Any,
) -> Iterator[str]:
    """The demo, made once for this module; the address its apps have."""
    folder = tmp_path_factory.mktemp("demo_app")
    url = f"http://127.0.0.1:{free_port()}"
    with django_db_blocker.unblock(), transaction.atomic(), address_settings(url, folder):
        call("seed_demo")
        yield url
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded: str, db: None) -> str:
    """The demo, as it was made; what a test changes is taken back."""
    return seeded


def everything() -> dict[str, Any]:
    """How many rows each table has, and its newest."""
    return {
        model._meta.label: tuple(model._default_manager.aggregate(Count("pk"), Max("pk")).values())
        for model in installed_apps.get_models()
        if model.__module__.startswith("apps.")
    }


def test_the_marketplace_has_vendors_apps_agencies_and_people(demo: str) -> None:
    assert Organization.objects.filter(is_vendor=True).count() == 3
    northlight = Organization.objects.get(slug="northlight-studio")
    assert northlight.sites.count() >= 5
    roles = set(Membership.objects.filter(organization=northlight).values_list("role", flat=True))
    assert roles == {"OWNER", "STAFF_MEMBER", "CLIENT"}
    assert Site.objects.exclude(organization=northlight).exists()
    for user in User.objects.all():
        assert user.owned_organizations.filter(kind="PERSONAL").count() == 1


def test_clients_see_their_own_sites_alone(demo: str) -> None:
    priya = User.objects.get(email="priya@harbordental.example")
    assert list(sites_for(priya).values_list("site_name", flat=True)) == ["harbor-dental"]


def test_every_published_app_sells_plans_in_three_languages_monthly_and_yearly(
    demo: str,
) -> None:
    published = App.objects.filter(status=App.Status.PUBLISHED)
    assert published.count() == 3
    now = timezone.now()
    for app in published:
        plans = app.plans.filter(retired_at__isnull=True)
        assert plans.count() >= 3
        for plan in plans:
            languages = set(plan.profiles.values_list("language", flat=True))
            assert {"en", "de", "he"} <= languages
            is_paid = plan.plan_type == Plan.PlanType.PAID
            for recurrency in ("MONTHLY", "YEARLY"):
                has_price = price_in_force(plan.sku, "EUR", recurrency, now) is not None
                assert has_price is is_paid, f"{plan} {recurrency}"
    assert {"fr", "pt-BR"} <= set(PlanProfile.objects.values_list("language", flat=True))


def test_there_is_a_free_default_a_trial_a_hidden_plan_and_a_draft(demo: str) -> None:
    defaults = Plan.objects.filter(is_default=True).values_list("app__slug", "plan_type")
    assert set(defaults) == {("lumen-seo", "FREE"), ("tidemark-forms", "TRIAL")}
    assert Plan.objects.get(is_hidden=True).app.slug == "bookwell"
    assert App.objects.get(status=App.Status.DRAFT).slug == "parcel-reviews"


def test_the_history_happened_as_it_says(demo: str) -> None:
    orders = Order.objects.order_by("placed_at")
    assert [order.status for order in orders] == [purchase.ends for purchase in PURCHASES]
    now = timezone.now()
    for order, purchase in zip(orders, PURCHASES, strict=True):
        assert (now - order.placed_at).days in (purchase.days_ago - 1, purchase.days_ago)
        assert order.finished_at is not None
        assert (order.finished_at - order.placed_at).total_seconds() < 300
        for event in order.events.filter(attempt__isnull=False):
            assert abs((event.at - event.attempt.started_at).total_seconds()) < 60


def test_the_app_was_really_asked_and_its_refusal_is_kept_word_for_word(demo: str) -> None:
    refused = Order.objects.get(status=Order.Status.REJECTED)
    assert refused.refusal_text == REFUSAL
    assert refused.payment.status == Payment.Status.VOIDED
    assert refused.installation.subscription.plan.sku.plan.profiles.get(language="en").name == (
        "Starter"
    )
    declined = Order.objects.get(status=Order.Status.DECLINED)
    assert not Ask.objects.filter(key=declined.key("ask")).exists()
    asked = Ask.objects.values_list("outcome", flat=True)
    assert len(asked) == len(PURCHASES) - 1
    assert set(asked) == {"YES", "REFUSED"}
    assert not Ask.objects.exclude(body="").exists()


def test_the_money_adds_up(demo: str) -> None:
    assert list(findings()) == []
    captured = Payment.objects.filter(status=Payment.Status.CAPTURED)
    assert captured.count() == sum(
        order.total > 0 for order in Order.objects.filter(status=Order.Status.COMPLETED)
    )
    assert all(payment.captured_amount == payment.order.total for payment in captured)


def test_who_bought_before_a_price_change_keeps_the_price(demo: str) -> None:
    yoga = Subscription.objects.get(site__site_name="quayside-yoga", app__slug="tidemark-forms")
    now = timezone.now()
    today = price_in_force(yoga.plan.sku, "EUR", "YEARLY", now)
    assert today is not None
    assert yoga.price is not None
    assert (yoga.price.amount, today.amount) == (20000, 24000)
    assert Price.objects.filter(starts_at__gt=now).count() == 2


def test_every_live_subscription_gives_one_entitlement_in_force(demo: str) -> None:
    now = timezone.now()
    live = Subscription.objects.filter(status__in=Subscription.LIVE)
    in_force = Entitlement.objects.in_force(now)
    assert sorted(live.values_list("plan__sku", "site")) == sorted(
        in_force.values_list("sku", "site")
    )
    # No demo starts with a bill that should have been sent.
    assert not Period.objects.filter(state=Period.State.PAID, ends_at__lte=now).exists()


def test_staff_made_one_test_install_that_costs_nothing(demo: str) -> None:
    order = Order.objects.get(mode=Mode.TEST)
    assert (order.total, order.payment) == (0, None)
    assert '"free": true' in Ask.objects.get(key=order.key("ask")).masked_body


def test_running_it_again_changes_nothing(demo: str) -> None:
    before = everything()
    call("seed_demo")
    assert everything() == before


def test_it_keeps_what_people_changed(demo: str) -> None:
    Site.objects.filter(site_name="bright-and-sons").update(label="Bright & Daughters")
    Membership.objects.filter(user__email="felix@oakstreetvets.example").delete()
    App.objects.filter(slug="parcel-reviews").update(name="Parcel Stars")
    User.objects.filter(email="mia@northlight.example").update(email="mia.keller@new.example")
    Organization.objects.filter(slug="northlight-studio").update(slug="northlight")
    PlanProfile.objects.filter(name="Growth").update(name="Grow")
    Installation.objects.filter(app__slug="bookwell").update(status="REMOVED")
    before = everything()
    call("seed_demo")
    assert everything() == before
    told = json.loads(call("demo_credentials"))
    assert told["agency_staff"]["email"] == "mia.keller@new.example"
    assert told["duda"]["authorization_code"] is None
    assert Site.objects.get(site_name="bright-and-sons").label == "Bright & Daughters"
    assert not Membership.objects.filter(user__email="felix@oakstreetvets.example").exists()
    assert App.objects.get(slug="parcel-reviews").name == "Parcel Stars"


def test_the_addresses_follow_the_demo_app(demo: str, tmp_path: Path) -> None:
    assert App.objects.get(slug="bookwell").install_url == f"{demo}/bookwell/install"
    before = everything()
    with address_settings("http://127.0.0.1:29999", tmp_path):
        call("seed_demo")
    assert everything() == before
    app = App.objects.get(slug="bookwell")
    assert app.change_url == "http://127.0.0.1:29999/bookwell/change"
    assert Endpoint.objects.get(app=app).url == "http://127.0.0.1:29999/bookwell/events"
    secrets = json.loads((tmp_path / "secrets.json").read_text())
    assert secrets["bookwell"] == app.secret


def test_it_uses_a_demo_app_that_is_running_already(
    demo: str, start_demo_app: StartDemoApp, tmp_path: Path
) -> None:
    from apps.backoffice.demo.vendor_app import answering

    running: DemoApp = start_demo_app()
    with answering(running.url, tmp_path):
        assert running.call("/health").text == "ok"
    assert running.process.poll() is None


def test_it_leaves_a_database_alone_that_somebody_uses(demo: str, tmp_path: Path) -> None:
    _make_it_somebodys()
    before = everything()
    with (
        address_settings("http://127.0.0.1:29998", tmp_path),
        pytest.raises(CommandError, match="in use and is not a demo"),
    ):
        call("seed_demo")
    assert everything() == before


@pytest.mark.django_db
def test_it_needs_the_demo_apps_address(tmp_path: Path) -> None:
    with address_settings("", tmp_path), pytest.raises(CommandError, match="DEMO_APP_URL"):
        call("seed_demo")


def test_credentials_open_what_they_say(demo: str, tmp_path: Path) -> None:
    with address_settings(demo, tmp_path):
        told = json.loads(call("demo_credentials", format="json"))
    assert told["base_url"] == "http://testserver"
    for who in ("staff", "agency_staff", "client", "developer"):
        assert authenticate(None, email=told[who]["email"], password=told[who]["password"])
    assert Organization.objects.get(slug=told["vendor_slug"]).is_vendor
    for token in told["api_tokens"].values():
        assert Token.objects.get(digest=digest(token)).is_usable(timezone.now())
    duda = told["duda"]
    app = App.objects.get(uuid=duda["app_uuid"])
    credential = AppCredential.objects.get(identifier=duda["user"])
    assert (credential.app, credential.digest) == (app, digest(duda["password"]))
    pair = InstallationToken.objects.get(access_digest=digest(duda["authorization_code"]))
    assert pair.refresh_digest == digest(duda["refresh_token"])
    assert pair.installation.site.site_name == duda["site_name"]
    assert pair.installation.app == app
    assert pair.access_sealed == ""
    assert (duda["secret"], duda["public_key"]) == (app.secret, app.public_key)
    assert not duda["base_url"].endswith("/api/integrationhub")


def test_each_call_mints_fresh_tokens_and_the_old_ones_stay_good(demo: str, tmp_path: Path) -> None:
    with address_settings(demo, tmp_path):
        first, second = (json.loads(call("demo_credentials")) for _ in range(2))
    assert first["duda"]["authorization_code"] != second["duda"]["authorization_code"]
    assert first["duda"]["password"] != second["duda"]["password"]
    assert set(first["api_tokens"].values()).isdisjoint(second["api_tokens"].values())
    old = InstallationToken.objects.get(access_digest=digest(first["duda"]["authorization_code"]))
    assert old.is_usable(timezone.now())


def test_credentials_are_refused_for_a_database_that_is_not_the_demos(demo: str) -> None:
    _make_it_somebodys()
    before = Token.objects.count()
    with pytest.raises(CommandError, match="not made by seed_demo"):
        call("demo_credentials", format="json")
    assert Token.objects.count() == before


def _make_it_somebodys() -> None:
    Organization.objects.update(source="", external_id="")
