"""The message catalogues: nothing is missing, nothing is out of date, no placeholder is lost."""

import gettext
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
KEYWORDS = ("_", "gettext", "gettext_lazy", "ngettext", "pgettext", "npgettext")
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w*\}|</?\w+>")


def catalogue(language: str) -> Catalog:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def translated(language: str) -> list[Message]:
    """Return what has a translation, and none of gettext's guesses."""
    return [
        message
        for message in catalogue(language)
        if message.id
        and not message.fuzzy
        and (message.string if isinstance(message.string, str) else all(message.string))
    ]


def texts_of_agency_pages() -> set[str]:
    """Return the singular of every text that the portal and its templates translate."""
    sources = {
        path: path.read_text()
        for path in (ROOT / "apps" / "portal").rglob("*.py")
        if path.name != "apps.py"  # its name is for the admin
    }
    for path in (ROOT / "templates").rglob("*.html"):
        if "admin" not in path.parts:
            sources[path] = templatize(path.read_text())
    found = set()
    for source in sources.values():
        code = io.BytesIO(source.encode())
        for _line, function, message, _comments in extract_python(code, KEYWORDS, [], {}):
            parts = [message] if isinstance(message, str) else [part for part in message if part]
            if parts:
                found.add(parts[1] if function == "pgettext" else parts[0])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_agency_pages_is_translated(language: str) -> None:
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in translated(language)
    }
    texts = texts_of_agency_pages()
    assert len(texts) > 300
    assert not texts - known


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_placeholders_and_tags(language: str) -> None:
    for message in translated(language):
        one = isinstance(message.id, str)
        wanted = sorted(PLACEHOLDER.findall(message.id if one else message.id[-1]))
        for text in [message.string] if one else message.string:
            assert sorted(PLACEHOLDER.findall(text)) == wanted, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_up_to_date(language: str) -> None:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in translated(language):
        if isinstance(message.id, str):
            text = (
                compiled.pgettext(message.context, message.id)
                if message.context
                else compiled.gettext(message.id)
            )
            assert text == message.string
        else:
            plural = compiled.ngettext(message.id[0], message.id[1], 7)
            assert plural == message.string[-1]
