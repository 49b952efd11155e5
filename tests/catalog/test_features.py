"""HTML from partners: what is shown, and what its author is told."""

import pytest

from apps.catalog.features import DESCRIPTION_TAGS, findings, sanitise


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("My <strong>best</strong> <em>feature</em>", "My <strong>best</strong> <em>feature</em>"),
        ("5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        ("תורים <b>ללא</b> 電話", "תורים <b>ללא</b> 電話"),
        ("<p>One</p><img src=https://x.example/i.png>", "One"),
        ("<script>alert(1)</script>Safe", "Safe"),
        ("<b onclick=alert(1)>Bold</b>", "<b>Bold</b>"),
        (
            '<a href="https://app.example/" target="_blank">Link</a>',
            '<a href="https://app.example/" rel="noopener noreferrer nofollow">Link</a>',
        ),
        ('<a href="java&#115;cript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'),
        ("<svg/onload=alert(1)>", ""),
        ("<style>b{color:red}</style>Plain", "Plain"),
        ("<!-- note -->Plain", "Plain"),
    ],
)
def test_only_a_small_set_of_tags_is_shown(source: str, shown: str) -> None:
    assert sanitise(source) == shown


def test_a_long_description_may_have_paragraphs_and_lists() -> None:
    source = "<h3>What</h3><p>One <u>two</u></p><ul><li>Three</li></ul>"

    assert sanitise(source, DESCRIPTION_TAGS) == source
    assert findings(source, DESCRIPTION_TAGS).dropped == ()
    assert findings(source).dropped == ("<h3>", "<p>", "<u>", "<ul>", "<li>")


@pytest.mark.parametrize(
    ("source", "danger"),
    [
        ("<script>alert(1)</script>", "It has a <script> element. Scripts are refused."),
        ("<SCRIPT src=//x.example></SCRIPT>", "It has a <script> element. Scripts are refused."),
        ("<iframe src=x></iframe>", "It has a <iframe> element. Scripts are refused."),
        ("<b onclick=go()>x</b>", "It has the event handler “onclick”. Scripts are refused."),
        ("<svg/onload=go()>", "It has the event handler “onload”. Scripts are refused."),
        (
            '<a href="javascript:go()">x</a>',
            "It has a “javascript:” address. Scripts are refused.",
        ),
        (
            '<a href=" java\nscript:go()">x</a>',
            "It has a “javascript:” address. Scripts are refused.",
        ),
        (
            '<a href="&#106;avascript:go()">x</a>',
            "It has a “javascript:” address. Scripts are refused.",
        ),
        ('<img src="data:text/html,x">', "It has a “data:” address. Scripts are refused."),
    ],
)
def test_a_script_is_a_danger_and_is_named(source: str, danger: str) -> None:
    assert findings(source).dangers == (danger,)


def test_other_tags_and_attributes_are_dropped_and_named_once() -> None:
    found = findings('<p class="x">a</p><p>b</p><strong class="y">c</strong>')

    assert found.dangers == ()
    assert found.dropped == ("<p>", "strong[class]")


def test_words_that_only_look_dangerous_are_not() -> None:
    text = 'Runs javascript: no. <a href="https://x.example/" title="data: all of it">x</a>'

    assert findings(text).dangers == ()
    assert findings(text).dropped == ()
