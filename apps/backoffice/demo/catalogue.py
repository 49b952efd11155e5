"""The apps of the demo: their manifests, prices and addresses."""

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.backoffice.demo.people import STAFF_EMAIL, organization, person
from apps.catalog.models import App, Plan, Price
from apps.catalog.services import change_app_status, set_price
from apps.integrations.duda.manifest_services import import_manifest
from apps.webhooks.models import Endpoint
from apps.webhooks.services import add_endpoint

MANIFESTS = Path(__file__).parent / "manifests"

#: How long ago, in days, the marketplace of the demo opened.
OPENED = 400

MONTHLY, YEARLY = Price.Recurrency.MONTHLY, Price.Recurrency.YEARLY


class ManifestRefused(Exception):
    """A manifest of the demo cannot be imported; the text says where and why."""


@dataclasses.dataclass(frozen=True, slots=True)
class DemoPrice:
    """A row of a plan's price history: from ``days_ago`` on (negative: announced), in cents."""

    plan: str
    monthly: int
    yearly: int
    days_ago: int = OPENED


@dataclasses.dataclass(frozen=True, slots=True)
class DemoApp:
    """An app: its manifest is ``manifests/<slug>.json``."""

    slug: str
    vendor: str
    prices: tuple[DemoPrice, ...] = ()
    is_published: bool = True

    def document(self, demo_app_url: str) -> dict[str, Any]:
        """Its manifest, with the addresses at which the demo app answers for it."""
        document: dict[str, Any] = json.loads(
            (MANIFESTS / f"{self.slug}.json").read_text(encoding="utf-8")
        )
        addresses = addresses_of(self.slug, demo_app_url)
        return document | {
            "installation_endpoint": addresses["install_url"],
            "updowngrade_installation_endpoint": addresses["change_url"],
            "uninstallation_endpoint": addresses["uninstall_url"],
            "base_sso_url": addresses["launch_url"],
        }

    @property
    def uuid(self) -> UUID:
        """The app's UUID, as its manifest names it."""
        return UUID(self.document("")["uuid"])

    def plan_uuid(self, name: str) -> UUID:
        """The UUID of the plan that its manifest gives this English name."""
        return next(
            UUID(plan["plan_uuid"])
            for plan in self.document("")["app_plans"]
            if plan["plan_profiles"]["en"]["plan_name"] == name
        )


APPS = (
    DemoApp(
        slug="bookwell",
        vendor="fernhill-software",
        prices=(
            DemoPrice("Starter", 1900, 19000),
            DemoPrice("Growth", 4500, 45000),
            DemoPrice("Growth", 4900, 49000, days_ago=60),
            DemoPrice("Scale", 9900, 99000),
            DemoPrice("Network", 24900, 249000),
            DemoPrice("Network Care", 34900, 349000),
        ),
    ),
    DemoApp(
        slug="lumen-seo",
        vendor="lumen-labs",
        prices=(
            DemoPrice("Basic", 1200, 12000),
            DemoPrice("Basic", 1400, 14000, days_ago=-45),
            DemoPrice("Pro", 2900, 29000),
        ),
    ),
    DemoApp(
        slug="tidemark-forms",
        vendor="tidemark",
        prices=(
            DemoPrice("Team", 2000, 20000),
            DemoPrice("Team", 2400, 24000, days_ago=120),
            DemoPrice("Business", 7900, 79000),
        ),
    ),
    # Not published, and its paid plan has no price yet: what staff see before a launch.
    DemoApp(slug="parcel-reviews", vendor="fernhill-software", is_published=False),
)


def addresses_of(slug: str, demo_app_url: str) -> dict[str, str]:
    """The fields of an app that hold addresses, with the demo app's."""
    base = f"{demo_app_url.rstrip('/')}/{slug}"
    return {
        "install_url": f"{base}/install",
        "change_url": f"{base}/change",
        "uninstall_url": f"{base}/uninstall",
        "launch_url": f"{base}/launch",
    }


def make_apps(*, now: dt.datetime, demo_app_url: str) -> None:
    """Import, price and publish the apps that are missing. Raises :class:`ManifestRefused`."""
    for wanted in APPS:
        if not App.objects.filter(uuid=wanted.uuid).exists():
            with transaction.atomic():
                _make_app(wanted, now, demo_app_url)


def follow_addresses(*, demo_app_url: str) -> None:
    """Point the apps and their event endpoints at where the demo app answers now."""
    for wanted in APPS:
        addresses = addresses_of(wanted.slug, demo_app_url)
        # Not an edit that anybody made, so it leaves no row in the app's history.
        App.objects.filter(uuid=wanted.uuid).update(**addresses)
        app = App.objects.get(uuid=wanted.uuid)
        events_url = f"{demo_app_url.rstrip('/')}/{wanted.slug}/events"
        known = Endpoint.objects.filter(app=app, url__endswith=f"/{wanted.slug}/events")
        if not known.update(url=events_url):
            add_endpoint(app=app, url=events_url, secret=app.secret)


def demo_apps() -> dict[str, App]:
    """The demo's apps by slug, as far as they are made."""
    slugs = {wanted.uuid: wanted.slug for wanted in APPS}
    return {slugs[app.uuid]: app for app in App.objects.filter(uuid__in=slugs)}


def demo_app(slug: str) -> DemoApp:
    """The app's entry in :data:`APPS`."""
    return next(wanted for wanted in APPS if wanted.slug == slug)


def _make_app(wanted: DemoApp, now: dt.datetime, demo_app_url: str) -> None:
    staff = person(STAFF_EMAIL)
    opened = now - dt.timedelta(days=OPENED)
    vendor = organization(wanted.vendor)
    imported = import_manifest(
        actor=staff, now=opened, vendor=vendor, document=wanted.document(demo_app_url)
    )
    if not imported.is_ok:
        raise ManifestRefused(
            "\n".join(f"{wanted.slug}: {error.path}: {error.message}" for error in imported.errors)
        )
    app = App.objects.get(uuid=wanted.uuid)
    for price in wanted.prices:
        plan = Plan.objects.select_related("sku").get(uuid=wanted.plan_uuid(price.plan))
        for recurrency, amount in ((MONTHLY, price.monthly), (YEARLY, price.yearly)):
            starts_at = now - dt.timedelta(days=price.days_ago)
            set_price(
                actor=staff,
                now=min(starts_at, now),
                sku=plan.sku,
                currency="EUR",
                recurrency=recurrency,
                amount=amount,
                starts_at=starts_at,
            )
    if wanted.is_published:
        change_app_status(actor=staff, now=opened, app=app, status=App.Status.PUBLISHED)
