"""What `make run` does before anything serves, and translations without gettext."""

import gettext
import os
from pathlib import Path

import pytest

from scripts.messages import compile_messages
from scripts.prepare import fingerprint

GERMAN = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Free"
msgstr "Kostenlos"

#, fuzzy
msgid "Refused"
msgstr "Abgeleht"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(GERMAN)
    return path


def test_translations_are_compiled_and_uncertain_ones_left_out(
    source: Path, tmp_path: Path
) -> None:
    target = source.with_suffix(".mo")
    assert compile_messages(tmp_path) == [target]
    with target.open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.gettext("Free") == "Kostenlos"
    assert translations.gettext("Refused") == "Refused"


def test_only_what_is_newer_is_compiled_again(source: Path, tmp_path: Path) -> None:
    target = source.with_suffix(".mo")
    compile_messages(tmp_path)
    assert compile_messages(tmp_path) == []
    later = target.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert compile_messages(tmp_path) == [target]


def test_a_folder_without_translations_is_no_error(tmp_path: Path) -> None:
    assert compile_messages(tmp_path / "locale") == []


def test_the_fingerprint_of_static_files_sees_every_edit(tmp_path: Path) -> None:
    page, script = tmp_path / "page.css", tmp_path / "script.js"
    page.write_text("a")
    script.write_text("b")
    first = fingerprint(iter([page, script]))
    assert fingerprint(iter([page, script])) == first
    os.utime(page, (1, 1))
    edited = fingerprint(iter([page, script]))
    assert edited != first
    assert fingerprint(iter([page])) != edited
