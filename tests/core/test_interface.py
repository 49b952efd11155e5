"""The icon set and the small template tags."""

import uuid
from xml.etree import ElementTree

import pytest
from django.template import Context, Template

from apps.core.icons import DIRECTED, ICONS
from apps.core.templatetags.interface import app_icon, icon, query


@pytest.mark.parametrize("name", sorted(ICONS))
def test_every_icon_is_well_formed_and_hidden_from_screen_readers(name: str) -> None:
    element = ElementTree.fromstring(icon(name))
    assert element.attrib["aria-hidden"] == "true"
    assert len(element) >= 1


def test_icons_that_point_are_mirrored_in_right_to_left_text() -> None:
    assert set(ICONS) >= DIRECTED
    assert "icon-directed" in icon("arrow")
    assert "icon-directed" not in icon("check")


def test_an_unknown_icon_is_an_error_and_not_a_hole_in_the_page() -> None:
    with pytest.raises(KeyError):
        icon("nonesuch")


def test_an_app_keeps_its_colour_and_its_letter_is_escaped() -> None:
    app_uuid = uuid.UUID(int=7)
    assert app_icon("bookwell", app_uuid) == (
        '<span class="app-icon app-icon-2" aria-hidden="true">B</span>'
    )
    assert "&lt;" in app_icon("<b>", app_uuid, "s")


def test_a_query_leaves_out_what_has_no_value() -> None:
    assert query(recurrency="YEARLY", page=None, q="") == "?recurrency=YEARLY"
    assert query() == ""


def test_the_tags_load_in_a_template() -> None:
    html = Template('{% load interface %}{% icon "check" %}').render(Context())
    assert html.startswith('<svg class="icon" viewBox="0 0 24 24"')
