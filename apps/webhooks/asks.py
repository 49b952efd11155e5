"""Asks: what they say, who spells them, how they are sent and what their answers mean.

A process above (orders, reviews) builds a neutral snapshot and calls :func:`prepare_ask` in its
own transaction, then :func:`open_attempt` (committed before anything leaves), :func:`send` with
no transaction open, and :func:`close_attempt` in the transaction that acts on the outcome.
"""

import codecs
import dataclasses
import datetime as dt
import functools
import json
import re
import unicodedata
import uuid
from collections.abc import Callable
from typing import Protocol

from django.conf import settings
from django.utils.http import parse_header_parameters
from django.utils.module_loading import import_string

from apps.catalog.models import App
from apps.core.clock import current_time
from apps.webhooks import attempts
from apps.webhooks.attempts import is_2xx, plain_text, record_answer, shown_headers
from apps.webhooks.client import Answer, post
from apps.webhooks.models import Ask, Attempt

_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})
"""What Python calls an encoding and no server's text is in."""
REFUSAL_LENGTH = 500
"""How much of the app's words a buyer is shown, in characters."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class InstallAsk:
    """Whether the app may be installed for this holder on this plan."""

    app: App
    site_name: str
    plan_uuid: uuid.UUID
    recurrency: str | None
    is_free: bool
    access_token: str
    refresh_token: str
    token_expires_at: dt.datetime
    installer_uuid: uuid.UUID
    owner_uuid: uuid.UUID
    language: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChangePlanAsk:
    """Whether the installation may move to this plan."""

    app: App
    site_name: str
    plan_uuid: uuid.UUID
    recurrency: str | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UninstallAsk:
    """The app is removed from this holder."""

    app: App
    site_name: str
    is_free: bool


AskSnapshot = InstallAsk | ChangePlanAsk | UninstallAsk


@dataclasses.dataclass(frozen=True, slots=True)
class RenderedAsk:
    """A snapshot in a dialect's words. A blank ``url`` means that the app is not asked this."""

    url: str
    body: bytes
    masked_body: str


class AskDialect(Protocol):
    """How one vendor's apps are asked. Implementations are leaves in ``apps/integrations``."""

    repeatable: bool
    """Whether asking the same thing again is harmless, because the ask sets a state."""

    def render(self, snapshot: AskSnapshot) -> RenderedAsk:
        """Spell the ask."""

    def headers(self, app: App, *, ask_id: str, body: bytes, at: dt.datetime) -> dict[str, str]:
        """Sign it, anew for each attempt."""

    def is_yes(self, status: int) -> bool:
        """Whether this HTTP status is the dialect's yes."""


@functools.cache
def ask_dialect(name: str) -> AskDialect:
    """Return the dialect that the setting ``DIALECTS`` names. Raises ``KeyError``."""
    made: AskDialect = import_string(settings.DIALECTS[name])()
    return made


def prepare_ask(
    *,
    key: str,
    dialect: str,
    snapshot: Callable[[], AskSnapshot],
    timeout: int,
    now: dt.datetime,
) -> Ask | None:
    """Write the ask for ``key``, or return the one that is there: its bytes never change.

    ``snapshot`` is called for a new ask alone: what it reads may be gone later.

    Returns ``None`` when the app has no URL for this kind and is therefore not asked.
    """
    found = Ask.objects.filter(key=key).first()
    if found is not None:
        return found
    facts = snapshot()
    rendered = ask_dialect(dialect).render(facts)
    if not rendered.url:
        return None
    row, _created = Ask.objects.get_or_create(
        key=key,
        defaults={
            "app": facts.app,
            "dialect": dialect,
            "kind": type(facts).__name__.removesuffix("Ask"),
            "url": rendered.url,
            "body": rendered.body.decode(),
            "masked_body": rendered.masked_body,
            "timeout": timeout,
            "created_at": now,
        },
    )
    return row


def open_attempt(ask: Ask, *, now: dt.datetime) -> Attempt:
    """Write down that a request is about to leave; the caller commits before it does."""
    return Attempt.objects.create(
        ask=ask,
        number=ask.attempts.count() + 1,
        state=Attempt.State.SENDING,
        started_at=now,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class SignedAsk:
    """An ask with the headers of one attempt: all that can go wrong before sending is done."""

    ask: Ask
    body: bytes
    headers: dict[str, str]


def sign(ask: Ask) -> SignedAsk:
    """Sign an ask for one attempt, before that attempt is written down.

    It is signed at the machine's time, whatever the order's clock says: receivers compare it
    with their own. Raises ``ValueError`` for an ask whose bytes were forgotten when it was
    settled, and what the dialect raises for a key that cannot sign.
    """
    if not ask.body:
        raise ValueError(f"the ask {ask.key} is settled and is not sent again")
    body = ask.body.encode()
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/plain",
        "user-agent": "Marketplace-Asks/1",
        **ask_dialect(ask.dialect).headers(
            ask.app, ask_id=str(ask.public_id), body=body, at=current_time()
        ),
    }
    return SignedAsk(ask=ask, body=body, headers=headers)


def send(request: SignedAsk, attempt: Attempt) -> Answer:
    """Send a signed ask and fill ``attempt`` with what came of it, without saving it."""
    ask = request.ask
    dialect = ask_dialect(ask.dialect)
    answer = post(ask.url, body=request.body, headers=request.headers, timeout=ask.timeout)
    attempt.request_headers = shown_headers(request.headers)
    record_answer(
        attempt,
        answer,
        outcome=outcome_of(answer, dialect),
        error_text=_in_words(answer, dialect),
    )
    return answer


def close_attempt(attempt: Attempt) -> None:
    """Record what came of an attempt, in the transaction that acts on it."""
    attempt.state = Attempt.State.DONE
    attempt.save()


def mark_lost(ask: Ask) -> int:
    """Mark requests of ``ask`` that nobody will report on; return how many there were."""
    return attempts.mark_lost(ask.attempts.all())


def settle_ask(ask: Ask, *, outcome: str, text: str, now: dt.datetime) -> None:
    """Close an ask: keep the outcome, forget the exact bytes with the secrets in them."""
    Ask.objects.filter(pk=ask.pk).update(
        outcome=outcome, answer_text=text[:REFUSAL_LENGTH], settled_at=now, body=""
    )


def outcome_of(answer: Answer, dialect: AskDialect) -> Ask.Outcome:
    """Say what an answer means.

    408, 425 and 429 are no refusals: the app did not judge, it was busy or late.
    """
    if answer.status is None:
        return Ask.Outcome.UNKNOWN if answer.was_sent else Ask.Outcome.NOT_SENT
    if dialect.is_yes(answer.status):
        return Ask.Outcome.YES
    if 400 <= answer.status < 500 and answer.status not in (408, 425, 429):
        return Ask.Outcome.REFUSED
    return Ask.Outcome.UNKNOWN


def refusal_text(answer: Answer) -> str:
    """Return the app's words as plain text, at most 500 characters, for a buyer to read.

    A JSON body gives its ``message``, ``error`` or ``detail``, or the message of its first
    error; JSON without them gives nothing. Neither does HTML, because a server's error page is
    not meant for buyers, nor what is no text.
    """
    kind, charset = _content_type(answer)
    decoded = _decoded(answer.body, charset)
    text = plain_text(decoded).strip()
    if "html" in kind or text[:15].lower().startswith(("<!doctype", "<html")):
        return ""
    if kind == "application/octet-stream" or _is_unreadable(decoded):
        return ""
    if text.startswith(("{", "[")):
        # Cleaned once more: a JSON text may hold any character behind an escape.
        text = plain_text(_words_of_json(text))
    return re.sub(r"\s+", " ", text).strip()[:REFUSAL_LENGTH].rstrip()


def _words_of_json(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(document, dict):
        return ""
    for key in ("message", "error", "detail", "text", "title"):
        value = document.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, dict) and isinstance(value.get("message"), str):
            return str(value["message"])
    errors = document.get("errors")
    for each in errors if isinstance(errors, list) else []:
        if isinstance(each, dict) and isinstance(each.get("message"), str):
            return str(each["message"])
    return ""


def _content_type(answer: Answer) -> tuple[str, str]:
    """Return media type and charset in small letters, each blank where it is not said."""
    try:
        kind, options = parse_header_parameters(answer.headers.get("content-type", ""))
    except ValueError:  # longer than any that is meant
        return "", ""
    return kind.strip().lower(), str(options.get("charset", "")).strip().lower()


def _decoded(body: bytes, charset: str) -> str:
    """Read a body in the charset that its answer names, or else in UTF-8."""
    try:
        name = codecs.lookup(charset or "utf-8").name
        if name not in _NO_CHARSETS:
            return body.decode(name, errors="replace")
    except (LookupError, ValueError):
        pass  # unknown, or one of Python's that gives no text
    return body.decode(errors="replace")


def _is_unreadable(text: str) -> bool:
    """Whether these were other bytes than a text's: a third of them is no character.

    A third, because half of all bytes are ASCII by chance; Latin words in a wrong charset stay
    well below it.
    """
    strange = sum(
        character == "\N{REPLACEMENT CHARACTER}"
        or (unicodedata.category(character) == "Cc" and not character.isspace())
        for character in text
    )
    return strange * 3 > len(text)


def _in_words(answer: Answer, dialect: AskDialect) -> str:
    if is_2xx(answer) and answer.status is not None and not dialect.is_yes(answer.status):
        return f"answered {answer.status} where 200 is needed"
    return ""
