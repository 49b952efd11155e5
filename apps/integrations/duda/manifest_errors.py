"""What pydantic found wrong, in our words and with paths of the document."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from pydantic_core import ErrorDetails

from apps.integrations.duda.manifest_keys import Path, path_text
from apps.integrations.duda.manifest_text import DocumentRemark

_KEY: Final = "[key]"
"""How pydantic marks that the key itself is wrong, not what stands under it."""


def path_of_error(error: ErrorDetails) -> Path:
    """Return where in the document the error is."""
    return tuple(part for part in error["loc"] if part != _KEY)


def remark_of(error: ErrorDetails) -> DocumentRemark:
    """Return the error for its author."""
    say = _MESSAGES.get(error["type"])
    message = say(error.get("ctx", {})) if say else error["msg"]
    return DocumentRemark(path_text(path_of_error(error)), message)


_MESSAGES: Final[Mapping[str, Callable[[dict[str, Any]], str]]] = {
    "string_type": lambda context: _("Must be text."),
    "string_unicode": lambda context: _("Must be text without half surrogate pairs."),
    "int_type": lambda context: _("Must be a whole number."),
    "bool_type": lambda context: _("Must be true or false."),
    "list_type": lambda context: _("Must be a list."),
    "dict_type": lambda context: _("Must be an object."),
    "model_type": lambda context: _("Must be an object."),
    "string_too_long": lambda context: (
        _("Longer than %(limit)s characters.") % {"limit": context["max_length"]}
    ),
    "too_long": lambda context: (
        _("More than %(limit)s entries.") % {"limit": context["max_length"]}
    ),
    "greater_than_equal": lambda context: (
        _("Must be %(least)s or more.") % {"least": context["ge"]}
    ),
    "less_than_equal": lambda context: _("Must be %(most)s or less.") % {"most": context["le"]},
    "blank": lambda context: _("Must not be blank."),
    "choice": lambda context: _("Must be one of %(choices)s.") % {"choices": context["choices"]},
    "uuid": lambda context: _("Must be a UUID, such as 332653a3-df51-45ce-a873-fbb0b1ccb49f."),
    "language": lambda context: _(
        "Must be a registered language tag (BCP 47), such as en or pt-BR."
    ),
    "url": lambda context: _("Must be a complete address, such as https://app.example/install."),
    "url_https": lambda context: _("Must begin with https://."),
}
