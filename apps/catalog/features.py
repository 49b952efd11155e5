"""HTML from partners: a small safe set of tags is shown, the source is kept beside it.

Two questions are answered here. What may be shown is nh3's answer alone: whatever the second one
overlooks, nothing dangerous reaches a page. What to tell the partner is found by reading the same
text with the standard library: a script is a mistake to name, a paragraph only a tag to drop.
"""

import dataclasses
import re
from html.parser import HTMLParser
from typing import Final

import nh3
from django.utils.translation import gettext as _

FEATURE_TAGS: Final = frozenset({"a", "b", "br", "code", "em", "i", "strong"})
"""Tags of a single line: a plan's feature."""

DESCRIPTION_TAGS: Final = FEATURE_TAGS | {"h3", "h4", "li", "ol", "p", "u", "ul"}
"""Tags of a text of several paragraphs: an app's long description."""

_ATTRIBUTES: Final = {"a": {"href", "title"}}
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_URL_ATTRIBUTES: Final = frozenset(
    {"action", "background", "data", "formaction", "href", "poster", "src", "xlink:href"}
)
_SCRIPT_SCHEMES: Final = ("javascript:", "vbscript:", "data:")
_ACTIVE_TAGS: Final = frozenset({"script", "iframe", "object", "embed", "applet"})
_IGNORED_IN_URLS: Final = re.compile(r"[\x00-\x20]+")
"""Browsers drop these inside a scheme: ``java\\nscript:`` runs."""


@dataclasses.dataclass(frozen=True, slots=True)
class HtmlFindings:
    """What a partner is told about a piece of HTML.

    ``dangers`` are sentences and refuse the document; ``dropped`` names the tags and attributes
    that are left out of what is shown.
    """

    dangers: tuple[str, ...]
    dropped: tuple[str, ...]


def sanitise(source: str, tags: frozenset[str] = FEATURE_TAGS) -> str:
    """Return ``source`` as HTML that is safe to show: only ``tags``, no images, no styles."""
    return nh3.clean(
        source,
        tags=set(tags),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


def findings(source: str, tags: frozenset[str] = FEATURE_TAGS) -> HtmlFindings:
    """Return what is dangerous in ``source`` and what would be dropped from it."""
    reader = _Reader(tags)
    reader.feed(source)
    reader.close()
    return HtmlFindings(tuple(dict.fromkeys(reader.dangers)), tuple(dict.fromkeys(reader.dropped)))


class _Reader(HTMLParser):
    def __init__(self, tags: frozenset[str]) -> None:
        super().__init__()
        self.tags = tags
        self.dangers: list[str] = []
        self.dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE_TAGS:
            self.dangers.append(
                _("It has a <%(tag)s> element. Scripts are refused.") % {"tag": tag}
            )
        elif tag not in self.tags:
            self.dropped.append(f"<{tag}>")
        for name, value in attrs:
            self._read_attribute(tag, name, value or "")

    def _read_attribute(self, tag: str, name: str, value: str) -> None:
        address = _IGNORED_IN_URLS.sub("", value).lower()
        if name.startswith("on"):
            self.dangers.append(
                _("It has the event handler “%(name)s”. Scripts are refused.") % {"name": name}
            )
        elif name in _URL_ATTRIBUTES and address.startswith(_SCRIPT_SCHEMES):
            self.dangers.append(
                _("It has a “%(scheme)s” address. Scripts are refused.")
                % {"scheme": address.partition(":")[0] + ":"}
            )
        elif tag in self.tags and name not in _ATTRIBUTES.get(tag, ()) and name != "rel":
            self.dropped.append(f"{tag}[{name}]")
