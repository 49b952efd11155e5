"""``{% load interface %}``: small pieces of page that are easier in Python than in a template."""

import uuid
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.core.icons import DIRECTED, ICONS

register = template.Library()

#: Backgrounds in the stylesheet for apps without a picture; 0 is the one without a rule.
_APP_ICON_COLOURS = 5


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """Draw an icon beside a text that says the same; raises ``KeyError`` for an unknown name."""
    direction = "icon-directed" if name in DIRECTED else ""
    classes = " ".join(filter(None, ["icon", direction, extra_class]))
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        classes,
        mark_safe(ICONS[name]),  # noqa: S308 - drawings of our own, no input
    )


@register.simple_tag
def app_icon(name: str, uuid_: uuid.UUID, size: str = "") -> SafeString:
    """Draw the first letter of an app on a colour that stays the same for that app."""
    classes = f"app-icon app-icon-{uuid_.int % _APP_ICON_COLOURS}"
    return format_html(
        '<span class="{}" aria-hidden="true">{}</span>',
        f"{classes} app-icon-{size}" if size else classes,
        name[:1].upper(),
    )


@register.simple_tag
def query(**parameters: object) -> str:
    """Build a query string from the parameters that have a value, ``?`` included."""
    pairs = [(key, str(value)) for key, value in parameters.items() if value not in (None, "")]
    return f"?{urlencode(pairs)}" if pairs else ""
