"""What an app's answer means, and which of its words reach a buyer. No database, no network."""

import json

import pytest

from apps.integrations.duda.dialect import DudaDialect
from apps.webhooks.asks import outcome_of, refusal_text
from apps.webhooks.client import Answer


def answered(
    status: int | None,
    body: bytes = b"",
    *,
    content_type: str = "text/plain; charset=utf-8",
    was_sent: bool = True,
) -> Answer:
    return Answer(
        status=status,
        headers={"content-type": content_type},
        body=body,
        error="" if status else "timeout",
        error_text="",
        was_sent=was_sent,
        duration_ms=1,
    )


def test_exactly_200_is_yes_in_dudas_dialect() -> None:
    yes = [status for status in range(100, 600) if _outcome(status) == "YES"]
    assert yes == [200]


def test_every_4xx_but_three_is_a_refusal() -> None:
    refused = [status for status in range(100, 600) if _outcome(status) == "REFUSED"]
    assert refused == [status for status in range(400, 500) if status not in (408, 425, 429)]


def test_everything_else_that_answered_is_unknown() -> None:
    # 408, 425 and 429 do not judge the order: the app was late or busy.
    for status in (100, 201, 202, 204, 299, 301, 302, 307, 408, 425, 429, 500, 502, 503, 504):
        assert _outcome(status) == "UNKNOWN", status


def test_no_answer_is_unknown_only_if_the_request_may_have_left() -> None:
    assert outcome_of(answered(None, was_sent=True), DudaDialect()) == "UNKNOWN"
    assert outcome_of(answered(None, was_sent=False), DudaDialect()) == "NOT_SENT"


def _outcome(status: int) -> str:
    return outcome_of(answered(status), DudaDialect())


PLAIN = "text/plain; charset=utf-8"
JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "read"),
    [
        ("Your site has no calendar.", PLAIN, "Your site has no calendar."),
        ("  Two\r\n lines \t and gaps ", PLAIN, "Two lines and gaps"),
        ("", PLAIN, ""),
        ("x" * 501, PLAIN, "x" * 500),
        ("ж" * 3000, PLAIN, "ж" * 500),
        (json.dumps({"message": "From JSON"}), JSON, "From JSON"),
        (json.dumps({"error": "An error"}), JSON, "An error"),
        (json.dumps({"error": {"message": "Nested"}}), JSON, "Nested"),
        (json.dumps({"detail": "A detail"}), "application/problem+json", "A detail"),
        (json.dumps({"message": "Typed as text"}), PLAIN, "Typed as text"),
        (json.dumps({"pad": "p" * 4000, "message": "Last"}), JSON, "Last"),
        (json.dumps({"message": "m" * 4000}), JSON, "m" * 500),
        ('{"message": "broken', JSON, '{"message": "broken'),
        # JSON is no sentence: without words for people it says nothing.
        ('{"code": 17}', JSON, ""),
        ('{"errors": [{"message": "The first"}, {"message": "The second"}]}', JSON, "The first"),
        ('{"errors": [17, {"code": 3}]}', JSON, ""),
        ('{"errors": "none"}', JSON, ""),
        ('["a list"]', JSON, ""),
        ('[{"message": "in a list"}]', PLAIN, ""),
        ("[Calendar] Not on this site.", PLAIN, "[Calendar] Not on this site."),
        ("A text, they say", "application/octet-stream", ""),
        ("{" * 30_000, JSON, "{" * 500),
        ('{"a":' * 10_000, JSON, ('{"a":' * 100)),
        ("<!doctype html><title>Error</title>", PLAIN, ""),
        ("  <html><body>Error</body></html>", PLAIN, ""),
        ("Not found", "text/html", ""),
        ("Not found", "application/xhtml+xml", ""),
        # What looks like markup in a text stays text: the page escapes it.
        ("<b>No</b> & never", PLAIN, "<b>No</b> & never"),
        # Control characters, NUL, a bell, an escape sequence.
        ("a\x00b\x07c\x1b[31md\x7f", PLAIN, "abc[31md"),
        # Marks that turn the line of reading, isolates, a zero width joiner, a byte order mark.
        ("\ufeffpay\u202e$1\u2066 \u200dnow\u2069", PLAIN, "pay$1 now"),
        # The same behind JSON's escapes, and a lone surrogate, which no database takes.
        ('{"message": "a\\u0000b\\u202ec\\ud800d\\u001b"}', JSON, "abcd"),
        ("שלום, לא", PLAIN, "שלום, לא"),
        ("いいえ。", PLAIN, "いいえ。"),
    ],
)
def test_the_apps_words_are_plain_bounded_text(body: str, content_type: str, read: str) -> None:
    answer = answered(400, body.encode(), content_type=content_type)

    assert refusal_text(answer) == read


@pytest.mark.parametrize(
    ("body", "content_type", "read"),
    [
        ("Für Ärzte".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Für Ärzte"),
        ("Нет места".encode("cp1251"), 'text/plain; charset="windows-1251"', "Нет места"),
        ('{"message": "Nein, schön"}'.encode("utf-16"), f"{JSON}; charset=utf-16", "Nein, schön"),
        # Unknown charsets, and what only Python calls one, are read as UTF-8.
        ("schön".encode(), "text/plain; charset=klingon", "schön"),
        ("schön".encode(), "text/plain; charset=hex", "schön"),
        (b"a\\u0041", "text/plain; charset=unicode_escape", "a\\u0041"),
        ("schön".encode(), "text/plain; charset=idna", "schön"),
        ("schön".encode(), "text/plain; charset=\0", "schön"),
        ("schön".encode(), "text/plain; charset=", "schön"),
        ("schön".encode(), "", "schön"),
        # A stray byte is shown as such; bytes that are no text are not shown at all.
        ("Für immer".encode("latin-1"), PLAIN, "F\ufffdr immer"),
        ("Нет места".encode("cp1251"), PLAIN, ""),
        (bytes(range(256)), "image/png", ""),
        (b"\x1f\x8b\x08\x00" * 20, PLAIN, ""),
    ],
)
def test_the_apps_words_are_read_in_the_charset_that_it_names(
    body: bytes, content_type: str, read: str
) -> None:
    assert refusal_text(answered(400, body, content_type=content_type)) == read
