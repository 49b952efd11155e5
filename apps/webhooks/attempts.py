"""What came of a request, written on its attempt: the same for asks and deliveries.

Answers come from strangers, so all that is kept of them is bounded and cleaned first.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping

from django.db.models import QuerySet

from apps.webhooks.client import Answer
from apps.webhooks.models import Ask, Attempt

KEPT_ANSWER = 2048
"""How much of an answer is stored, in characters."""
KEPT_HEADERS = 50
KEPT_WORDS = 300

_OUR_TOKEN = re.compile(r"mkt[a-z]?_[A-Za-z0-9_-]{20,}")


def record_answer(
    attempt: Attempt, answer: Answer, *, outcome: Ask.Outcome, error_text: str = ""
) -> None:
    """Fill ``attempt`` with ``answer``, without saving it; its state is the caller's to set.

    ``error_text`` says what is wrong with an answer that did come; what kept one from coming is
    in the answer itself.
    """
    attempt.status_code = answer.status
    attempt.answer_headers = {
        plain_text(name): plain_text(value)
        for name, value in list(answer.headers.items())[:KEPT_HEADERS]
    }
    attempt.answer_body = plain_text(answer.body.decode(errors="replace"))[:KEPT_ANSWER]
    attempt.error = answer.error or ("" if is_2xx(answer) else "status")
    attempt.error_text = plain_text(answer.error_text or error_text)[:KEPT_WORDS]
    attempt.outcome = outcome
    attempt.duration_ms = answer.duration_ms
    attempt.finished_at = attempt.started_at + dt.timedelta(milliseconds=answer.duration_ms)


def mark_lost(attempts: QuerySet[Attempt]) -> int:
    """Mark attempts that nobody will report on: whoever sent them died. Each is an unknown."""
    return attempts.filter(state=Attempt.State.SENDING).update(
        state=Attempt.State.LOST,
        outcome=Ask.Outcome.UNKNOWN,
        error="broken",
        error_text="The process that sent this request died before an answer was recorded.",
    )


def is_2xx(answer: Answer) -> bool:
    """Whether the receiver answered with success, as HTTP means it."""
    return answer.status is not None and 200 <= answer.status < 300


def shown_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return request headers with signatures shortened: they prove, and need not be kept."""
    return {
        name: value[:12] + "…" if "signature" in name and "timestamp" not in name else value
        for name, value in headers.items()
    }


def plain_text(text: str) -> str:
    """Make a stranger's text fit to store and show.

    PostgreSQL takes no NUL and no database a lone surrogate; marks that turn the line of reading
    would let an app's words change the look of ours. An app that sends its request back must not
    thereby show our tokens.
    """
    visible = "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character)[0] != "C"
    )
    return _OUR_TOKEN.sub("••••••", visible)
