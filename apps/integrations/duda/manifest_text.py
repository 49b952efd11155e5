"""Bytes to a JSON document that both databases can hold, or the reasons why not.

Junk is refused before anything looks into it. What JSON allows and a database or the next reader
would stumble over (NUL, half a surrogate pair, numbers beyond 64 bits, a key given twice) is named
with its path, all at once.
"""

import collections
import dataclasses
import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from apps.integrations.duda.manifest_keys import path_text

MAX_BYTES: Final = 4_000_000
"""Some ten times a manifest of 200 plans in five languages."""

MAX_VALUES: Final = 200_000
MAX_DEPTH: Final = 32
_LARGEST: Final = 2**63 - 1
_DIGITS: Final = 25
"""More digits than this are not even converted: it takes time that grows with their square."""

_FRAGMENT: Final = re.compile(r'\s*"(?:[^"\\]|\\.)*"\s*:')
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclasses.dataclass(frozen=True, slots=True)
class DocumentRemark:
    """An error or a notice, and the path in the document that it is about.

    The path is empty where the document as a whole is meant.
    """

    path: str
    message: str


class JsonObject(dict[str, Any]):
    """An object of the document that remembers the keys it was given twice."""

    repeated: tuple[str, ...] = ()


def parse_text(data: bytes) -> tuple[Any, list[DocumentRemark]]:
    """Return the parsed document and what is wrong with it as a whole; ``None`` if it is no JSON.

    Nothing of what it holds is checked here: see :func:`unstorable`.
    """
    if len(data) > MAX_BYTES:
        return None, [
            DocumentRemark(
                "",
                _("The document is larger than %(limit)s bytes.") % {"limit": f"{MAX_BYTES:,}"},
            )
        ]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [DocumentRemark("", _("Byte %(at)s is not UTF-8 text.") % {"at": error.start})]
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_constant=float
        ), []
    except RecursionError:
        return None, [DocumentRemark("", _too_deep())]
    except json.JSONDecodeError as error:
        return None, [DocumentRemark("", _not_json(text, error))]


def unstorable(document: Mapping[str, Any]) -> list[DocumentRemark]:
    """Return each value and key that cannot be kept as it is, with its path."""
    remarks: list[DocumentRemark] = []
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    count = 0
    while waiting:
        path, value = waiting.pop()
        count += 1
        if count > MAX_VALUES:
            return [
                DocumentRemark(
                    "",
                    _("The document holds more than %(limit)s values.")
                    % {"limit": f"{MAX_VALUES:,}"},
                )
            ]
        if len(path) > MAX_DEPTH:
            return [DocumentRemark(path_text(path[:3]), _too_deep())]
        # Pushed backwards, so that remarks come in the order of the document.
        if isinstance(value, Mapping):
            remarks += _key_remarks(path, value)
            waiting += [((*path, key), value[key]) for key in reversed(value)]
        elif isinstance(value, list):
            waiting += [((*path, n), value[n]) for n in reversed(range(len(value)))]
        elif message := _value_problem(value):
            remarks.append(DocumentRemark(path_text(path), message))
    return remarks


def _key_remarks(path: tuple[str | int, ...], value: Mapping[str, Any]) -> list[DocumentRemark]:
    repeated = value.repeated if isinstance(value, JsonObject) else ()
    return [
        *(
            DocumentRemark(path_text((*path, key)), _("This key is given twice."))
            for key in repeated
        ),
        *(
            DocumentRemark(path_text((*path, key)), _unstorable_text())
            for key in value
            if _UNSTORABLE.search(key)
        ),
    ]


def _value_problem(value: Any) -> str:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        return _unstorable_text()
    if isinstance(value, float) and not math.isfinite(value):
        return _("Must be a number; NaN and Infinity are none.")
    if isinstance(value, int | float) and abs(value) > _LARGEST:
        return _("The number is beyond 64 bits.")
    return ""


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    found = JsonObject(pairs)
    if len(found) < len(pairs):
        times = collections.Counter(key for key, _value in pairs)
        found.repeated = tuple(key for key in found if times[key] > 1)
    return found


def _integer(digits: str) -> int:
    return int(digits[:_DIGITS])


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    if _FRAGMENT.match(text):
        return _("This is a piece of a manifest. Put it in braces: { before it and } after it.")
    return _("This is not JSON: line %(line)s, column %(column)s: %(reason)s.") % {
        "line": error.lineno,
        "column": error.colno,
        "reason": error.msg,
    }


def _too_deep() -> str:
    return _("Nested more than %(limit)s levels deep.") % {"limit": MAX_DEPTH}


def _unstorable_text() -> str:
    return _("The text holds a NUL character or half a surrogate pair.")
