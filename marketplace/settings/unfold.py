"""The look of the admin: titles, and the colour ramps of the design tokens."""

from typing import Any

from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Marketplace"),
    "SITE_HEADER": _("Marketplace"),
    "SITE_SUBHEADER": _("Staff"),
    "SITE_SYMBOL": "storefront",
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
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
