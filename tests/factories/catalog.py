import base64
import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from apps.catalog.keys import new_key_pair
from apps.catalog.models import App, AppProfile, Plan, PlanProfile, Price, Program, Sku
from tests.factories.accounts import OrganizationFactory

#: A key of 32 ASCII bytes, the same for every app of a test.
APP_KEY = b"an-ascii-key-of-32-characters-ok"
APP_SECRET = base64.b64encode(APP_KEY).decode()

#: Field of an app -> path below the address that ``endpoints`` names, as the demo app has them.
ENDPOINTS = {
    "install_url": "install",
    "change_url": "change",
    "uninstall_url": "uninstall",
    "launch_url": "launch",
}

LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class ProgramFactory(DjangoModelFactory[Program]):
    """A program that asks in Duda's dialect, like the preset of that name."""

    name = factory.Sequence(lambda n: f"Program {n}")
    slug = factory.Sequence(lambda n: f"program-{n}")
    plan_asks = "duda"
    commission_rate = "0.2000"
    partner_edits = factory.LazyFunction(lambda: list(Program.PartnerEdit.values))

    class Meta:
        model = Program

    class Params:
        not_asked = factory.Trait(plan_asks="")


class AppFactory(DjangoModelFactory[App]):
    """A published app. ``endpoints="http://127.0.0.1:9000"`` gives it addresses to be asked at."""

    vendor = factory.SubFactory(OrganizationFactory, vendor=True)
    program = factory.SubFactory(ProgramFactory)
    name = factory.Sequence(lambda n: f"App {n}")
    slug = factory.Sequence(lambda n: f"app-{n}")
    status = App.Status.PUBLISHED
    secret = APP_SECRET

    class Meta:
        model = App
        skip_postgeneration_save = True

    class Params:
        draft = factory.Trait(status=App.Status.DRAFT)
        suspended = factory.Trait(status=App.Status.SUSPENDED)
        delisted = factory.Trait(status=App.Status.DELISTED)
        beta = factory.Trait(is_in_beta=True)

    @factory.post_generation
    def endpoints(self: App, create: bool, extracted: str | None, **_: Any) -> None:
        if extracted:
            for field, name in ENDPOINTS.items():
                setattr(self, field, f"{extracted}/{name}")
            self.save(update_fields=list(ENDPOINTS))

    @factory.post_generation
    def key_pair(self: App, create: bool, extracted: bool | None, **_: Any) -> None:
        """An RSA pair takes some tenths of a second, so only ``key_pair=True`` makes one."""
        if extracted:
            pair = new_key_pair()
            self.private_key, self.public_key = pair.private_key, pair.public_key
            self.save(update_fields=["private_key", "public_key"])


class AppProfileFactory(DjangoModelFactory[AppProfile]):
    """An app's store text in English."""

    app = factory.SubFactory(AppFactory)
    language = "en"
    name = factory.SelfAttribute("app.name")
    short_description = "Does one thing well."
    long_description = "<p>Does one thing well, every day.</p>"

    class Meta:
        model = AppProfile


class SkuFactory(DjangoModelFactory[Sku]):
    """A plan's SKU."""

    app = factory.SubFactory(AppFactory)
    kind = Sku.Kind.PLAN
    behaviour = Sku.Behaviour.SUBSCRIPTION
    slug = factory.Sequence(lambda n: f"sku-{n}")

    class Meta:
        model = Sku


class PlanFactory(DjangoModelFactory[Plan]):
    """A paid plan, one grade above the app's highest, with an English text.

    ``monthly=4900`` and ``yearly=49000`` set its prices in euro cents, ``name="Growth"`` its
    English name (False: no text). Without a price it is not for sale.
    """

    app = factory.SubFactory(AppFactory)
    sku = factory.SubFactory(SkuFactory, app=factory.SelfAttribute("..app"))
    plan_type = Plan.PlanType.PAID
    grade = factory.LazyAttribute(
        lambda plan: (
            max([-1, *Plan.objects.filter(app=plan.app).values_list("grade", flat=True)]) + 1
        )
    )
    position = factory.LazyAttribute(lambda plan: Plan.objects.filter(app=plan.app).count() + 1)

    class Meta:
        model = Plan
        skip_postgeneration_save = True

    class Params:
        free = factory.Trait(plan_type=Plan.PlanType.FREE)
        trial = factory.Trait(plan_type=Plan.PlanType.TRIAL)
        default = factory.Trait(plan_type=Plan.PlanType.FREE, is_default=True)
        hidden = factory.Trait(is_hidden=True)
        retired = factory.Trait(retired_at=LONG_AGO + dt.timedelta(days=90))

    @factory.post_generation
    def name(self: Plan, create: bool, extracted: str | bool | None, **_: Any) -> None:
        if extracted is not False:
            PlanProfileFactory(plan=self, **({"name": extracted} if extracted else {}))

    @factory.post_generation
    def monthly(self: Plan, create: bool, extracted: int | None, **_: Any) -> None:
        if extracted is not None:
            PriceFactory(sku=self.sku, amount=extracted)

    @factory.post_generation
    def yearly(self: Plan, create: bool, extracted: int | None, **_: Any) -> None:
        if extracted is not None:
            PriceFactory(sku=self.sku, amount=extracted, yearly=True)


class PlanProfileFactory(DjangoModelFactory[PlanProfile]):
    """A plan's text in English."""

    plan = factory.SubFactory(PlanFactory, name=False)
    app = factory.SelfAttribute("plan.app")
    language = "en"
    name = factory.LazyAttribute(lambda profile: f"Plan {profile.plan.position}")
    subtitle = "For those who need it"
    features = factory.LazyFunction(lambda: ["One thing", "<strong>Another</strong> thing"])
    is_live = factory.LazyAttribute(lambda profile: profile.plan.retired_at is None)

    class Meta:
        model = PlanProfile


class PriceFactory(DjangoModelFactory[Price]):
    """€49.00 a month, flat, since long ago."""

    sku = factory.SubFactory(SkuFactory)
    currency = "EUR"
    recurrency = Price.Recurrency.MONTHLY
    amount = 4900
    starts_at = LONG_AGO

    class Meta:
        model = Price

    class Params:
        yearly = factory.Trait(recurrency=Price.Recurrency.YEARLY, amount=49000)
        per_unit = factory.Trait(basis=Price.Basis.PER_UNIT, unit_name="seat")
        withdrawn = factory.Trait(amount=None)
