"""The four programs that every marketplace starts with, one for each vendor it learned from.

They are plain rows: staff edit them, and no code asks which of them a program is. Figures that a
vendor does not publish are named in ``assumptions``, where staff read them beside the field.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from apps.catalog.models import Program

_PRESETS: Final[tuple[dict[str, Any], ...]] = (
    {
        "slug": "livechat",
        "name": "LiveChat",
        "description": (
            "In-app upgrades, once or in lots, that the app may refuse. An app's price is per "
            "organization or per account. A published app changes by review only."
        ),
        "assumptions": (
            "Give-up time of an ask: two hours. Ask timeout: the ten seconds that LiveChat's other "
            "webhooks have. A trial's length is set by each vendor, so none is set here, and it "
            "asks for a payment method. After paid access ends the app is uninstalled."
        ),
        "installs_on": "SITE",
        "plan_asks": "",
        "upgrade_asks": "livechat",
        "event_format": "livechat",
        "ask_timeout": 10,
        "ask_deadline": 7200,
        "downgrade": "NOT_OFFERED",
        "upgrade_anchor": "RESET",
        "after_end": "UNINSTALL",
        "trial_days": None,
        "trial_end": "CONVERT",
        "trial_needs_payment_method": True,
        "own_purchase": "REFUSED",
        "disable_credit": False,
        "renewal_events": "SEED",
        "max_subscription_skus": None,
        "max_plans": None,
        "commission_rate": "0.2000",
        "payout_first": 50_00,
        "payout_minimum": 50_00,
        "partner_edits": [],
    },
    {
        "slug": "duda",
        "name": "Duda",
        "description": (
            "A ladder of graded plans, one active for each site. The app is asked about installs "
            "and upgrades; there are no downgrades. Staff alone add plans and set prices."
        ),
        "assumptions": (
            "Commission: 20 %. First and later payouts: from 50.00. Give-up time of an ask: two "
            "hours. After paid access ends the app is uninstalled. A vendor's own purchase is "
            "like anyone's. Upgrades beside a plan are asked in LiveChat's form, as Duda has none."
        ),
        "installs_on": "SITE",
        "plan_asks": "duda",
        "upgrade_asks": "livechat",
        "event_format": "standard",
        "ask_timeout": 60,
        "ask_deadline": 7200,
        "downgrade": "NOT_OFFERED",
        "upgrade_anchor": "RESET",
        "after_end": "UNINSTALL",
        "trial_days": None,
        "trial_end": "APP_ENFORCED",
        "trial_needs_payment_method": False,
        "own_purchase": "ALLOWED",
        "disable_credit": False,
        "renewal_events": "SEED",
        "max_subscription_skus": None,
        "max_plans": None,
        "commission_rate": "0.2000",
        "payout_first": 50_00,
        "payout_minimum": 50_00,
        "partner_edits": ["PROFILES", "FLAGS", "GRADES", "FREE_TO_TRIAL"],
    },
    {
        "slug": "discord",
        "name": "Discord",
        "description": (
            "Premium subscriptions of a person or a server, and one-time purchases. The app is "
            "told, never asked. A member of the vendor's team pays nothing."
        ),
        "assumptions": (
            "Commission: 30 %; Discord names a growth tier without its figure. A downgrade waits "
            "for the end of the period. The give-up time of an ask is not used: nothing is asked. "
            "Several subscription SKUs, which Discord offers by now, are a matter of this field."
        ),
        "installs_on": "NONE",
        "plan_asks": "",
        "upgrade_asks": "",
        "event_format": "discord",
        "ask_timeout": 3,
        "ask_deadline": 7200,
        "downgrade": "AT_PERIOD_END",
        "upgrade_anchor": "RESET",
        "after_end": "KEEP_LOCKED",
        "trial_days": None,
        "trial_end": "APP_ENFORCED",
        "trial_needs_payment_method": False,
        "own_purchase": "FULL_DISCOUNT",
        "disable_credit": False,
        "renewal_events": "SEED",
        "max_subscription_skus": 1,
        "max_plans": None,
        "commission_rate": "0.3000",
        "payout_first": 100_00,
        "payout_minimum": 25_00,
        "partner_edits": ["PROFILES", "FLAGS"],
    },
    {
        "slug": "github",
        "name": "GitHub",
        "description": (
            "Listing plans for a personal or organization account: free, flat or per seat, monthly "
            "and yearly. The app is told, never asked. A published plan does not change: it is "
            "retired and made anew."
        ),
        "assumptions": (
            "A trial asks for a payment method, as it becomes paid by itself. The give-up time of "
            "an ask is not used: nothing is asked. A vendor's own purchase is like anyone's."
        ),
        "installs_on": "ORGANIZATION",
        "plan_asks": "",
        "upgrade_asks": "",
        "event_format": "github",
        "ask_timeout": 10,
        "ask_deadline": 7200,
        "downgrade": "AT_PERIOD_END",
        "upgrade_anchor": "RESET",
        "after_end": "FREE_PLAN",
        "trial_days": 14,
        "trial_end": "CONVERT",
        "trial_needs_payment_method": True,
        "own_purchase": "ALLOWED",
        "disable_credit": False,
        "renewal_events": "SEED",
        "max_subscription_skus": None,
        "max_plans": 10,
        "commission_rate": "0.0500",
        "payout_first": 500_00,
        "payout_minimum": 500_00,
        "partner_edits": [],
    },
)

#: The program of an app that a manifest makes, where nobody names another.
DEFAULT_PROGRAM: Final = "duda"


def install_presets(program_model: "type[Program]") -> None:
    """Make each of the four programs that is not there yet; what staff edited stays as it is.

    ``program_model`` is the model or, in a migration, its historical form: a field that this one
    does not have yet is left to the migration that adds it.
    """
    for preset in _PRESETS:
        values = {name: value for name, value in preset.items() if hasattr(program_model, name)}
        program_model.objects.get_or_create(slug=values.pop("slug"), defaults=values)
