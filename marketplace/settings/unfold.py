"""The look of the admin: titles, navigation, and the colour ramps of the design tokens."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _file(path: str) -> Callable[[HttpRequest], str]:
    """Return a callback: static files have their final names once the settings are read."""
    return lambda request: static(path)


def _page(title: str | Promise, icon: str, model: str) -> dict[str, Any]:
    """Return a line of the navigation that leads to the list of ``app.model``.

    Only people who may see the list see the line.
    """
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
        "model": model,
    }


#: Groups of pages; badges are added per request by ``apps.backoffice.navigation``.
STAFF_NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": _("Dashboard"), "icon": "monitoring", "link": reverse_lazy("admin:index")}
        ]
    },
    {
        "title": _("Catalogue"),
        "items": [
            _page(_("Apps"), "deployed_code", "catalog.app"),
            _page(_("Plans"), "layers", "catalog.plan"),
            _page(_("Prices"), "sell", "catalog.price"),
            _page(_("Programs"), "rule_settings", "catalog.program"),
            _page(_("Manifests"), "description", "catalog.catalogmanifest"),
        ],
    },
    {
        "title": _("Money"),
        "items": [
            _page(_("Orders"), "list_alt", "orders.order"),
            _page(_("Quotes"), "request_quote", "orders.quote"),
            _page(_("Payments"), "credit_card", "payments.payment"),
            _page(_("Payment methods"), "wallet", "payments.paymentmethod"),
            _page(_("Ledger"), "balance", "ledger.transaction"),
            _page(_("Ledger accounts"), "account_balance", "ledger.account"),
        ],
    },
    {
        "title": _("Delivery"),
        "items": [
            _page(_("Asks"), "bolt", "webhooks.ask"),
            _page(_("Events"), "bookmark", "webhooks.event"),
            _page(_("Deliveries"), "outbox", "webhooks.delivery"),
            _page(_("Attempts"), "swap_vert", "webhooks.attempt"),
            _page(_("Endpoints"), "webhook", "webhooks.endpoint"),
        ],
    },
    {
        "title": _("Access"),
        "items": [
            _page(_("Installations"), "extension", "subscriptions.installation"),
            _page(_("Subscriptions"), "autorenew", "subscriptions.subscription"),
            _page(_("Entitlements"), "verified_user", "entitlements.entitlement"),
            _page(_("App credentials"), "vpn_key", "catalog.appcredential"),
        ],
    },
    {
        "title": _("People"),
        "items": [
            _page(_("Organizations"), "apartment", "accounts.organization"),
            _page(_("Sites"), "web", "accounts.site"),
            _page(_("People"), "person", "accounts.user"),
            _page(_("Memberships"), "group", "accounts.membership"),
            _page(_("Staff groups"), "shield_person", "auth.group"),
            _page(_("API tokens"), "key", "accounts.token"),
            _page(_("Who changed what"), "history", "admin.logentry"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Marketplace"),
    "SITE_HEADER": _("Marketplace"),
    "SITE_SUBHEADER": _("Staff"),
    "SITE_ICON": _file("img/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _file("img/mark.svg")},
    ],
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [_file("css/tokens.css"), _file("admin_extra/staff.css")],
    "SCRIPTS": [],
    "DASHBOARD_CALLBACK": "apps.backoffice.dashboard.add_figures",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "apps.backoffice.navigation.navigation",
    },
    "COMMAND": {"search_callback": "apps.backoffice.search.find"},
    "ACCOUNT": {
        "navigation": [
            {"title": _("Change password"), "link": reverse_lazy("account_change_password")},
            {"title": _("Second factor"), "link": reverse_lazy("mfa_index")},
        ]
    },
    "COLORS": {
        "base": {
            "50": "#FAFBFC",
            "100": "#F0F2F5",
            "200": "#E3E6EB",
            "300": "#CDD3DB",
            "400": "#8F98A6",
            "500": "#626B7A",
            "600": "#495160",
            "700": "#39414D",
            "800": "#1F252D",
            "900": "#15191F",
            "950": "#0E1115",
        },
        "primary": {
            "50": "#EEF1FD",
            "100": "#DDE3FB",
            "200": "#C2CCF5",
            "300": "#9CADEE",
            "400": "#7388E3",
            "500": "#4A66E0",
            "600": "#2F4BC7",
            "700": "#263EA9",
            "800": "#1F3287",
            "900": "#1A2A6C",
            "950": "#111B45",
        },
    },
}
