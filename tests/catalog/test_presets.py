"""The four program presets: complete, valid, and never written over."""

from decimal import Decimal

import pytest

from apps.catalog.models import Program
from apps.catalog.presets import install_presets

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def presets() -> None:
    """As the data migration left them, also after a test that emptied the tables."""
    install_presets(Program)


def test_there_are_four_presets_and_each_one_is_valid() -> None:
    programs = {program.slug: program for program in Program.objects.all()}

    assert sorted(programs) == ["discord", "duda", "github", "livechat"]
    for program in programs.values():
        program.full_clean()
        assert program.assumptions
        assert program.description


@pytest.mark.parametrize(
    ("slug", "installs_on", "plan_asks", "upgrade_asks", "event_format", "timeout"),
    [
        ("livechat", "SITE", "", "livechat", "livechat", 10),
        ("duda", "SITE", "duda", "livechat", "standard", 60),
        ("discord", "NONE", "", "", "discord", 3),
        ("github", "ORGANIZATION", "", "", "github", 10),
    ],
)
def test_each_vendor_asks_and_tells_in_its_own_way(
    *,
    slug: str,
    installs_on: str,
    plan_asks: str,
    upgrade_asks: str,
    event_format: str,
    timeout: int,
) -> None:
    program = Program.objects.get(slug=slug)

    assert program.installs_on == installs_on
    assert (program.plan_asks, program.upgrade_asks) == (plan_asks, upgrade_asks)
    assert program.event_format == event_format
    assert program.ask_timeout == timeout


@pytest.mark.parametrize(
    ("slug", "commission", "payout_first", "payout_minimum", "own_purchase", "downgrade"),
    [
        ("livechat", "0.2000", 5000, 5000, "REFUSED", "NOT_OFFERED"),
        ("duda", "0.2000", 5000, 5000, "ALLOWED", "NOT_OFFERED"),
        ("discord", "0.3000", 10000, 2500, "FULL_DISCOUNT", "AT_PERIOD_END"),
        ("github", "0.0500", 50000, 50000, "ALLOWED", "AT_PERIOD_END"),
    ],
)
def test_each_vendor_has_its_own_rules_of_money(
    *,
    slug: str,
    commission: str,
    payout_first: int,
    payout_minimum: int,
    own_purchase: str,
    downgrade: str,
) -> None:
    program = Program.objects.get(slug=slug)

    assert program.commission_rate == Decimal(commission)
    assert (program.payout_first, program.payout_minimum) == (payout_first, payout_minimum)
    assert (program.own_purchase, program.downgrade) == (own_purchase, downgrade)


def test_an_upgrade_starts_a_new_period_in_all_four() -> None:
    assert set(Program.objects.values_list("upgrade_anchor", flat=True)) == {"RESET"}


def test_dudas_partners_may_make_exactly_the_supported_updates() -> None:
    assert Program.objects.get(slug="duda").partner_edits == [
        "PROFILES",
        "FLAGS",
        "GRADES",
        "FREE_TO_TRIAL",
    ]


def test_github_has_a_fixed_trial_and_a_limit_of_plans() -> None:
    program = Program.objects.get(slug="github")

    assert (program.trial_days, program.trial_end, program.max_plans) == (14, "CONVERT", 10)


def test_installing_again_keeps_what_staff_edited_and_makes_what_is_missing() -> None:
    Program.objects.filter(slug="duda").update(commission_rate=Decimal("0.1500"))
    Program.objects.filter(slug="github").delete()

    install_presets(Program)

    assert Program.objects.get(slug="duda").commission_rate == Decimal("0.1500")
    assert Program.objects.filter(slug="github").count() == 1
    assert Program.objects.count() == 4
