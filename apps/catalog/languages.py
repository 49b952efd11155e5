"""Languages of texts: BCP 47 tags, and which text a reader gets when theirs is missing."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import langcodes

Text = TypeVar("Text")


def is_language_tag(tag: str) -> bool:
    """Whether ``tag`` is a well-formed BCP 47 tag of registered subtags, such as ``pt-BR``."""
    try:
        return langcodes.tag_is_valid(tag)
    except ValueError:
        return False


def fallback_chain(language: str) -> Iterator[str]:
    """Yield ``pt-BR``, ``pt``, ``en`` for ``pt-BR``: the languages to look in, best first."""
    parts = language.replace("_", "-").split("-")
    for length in range(len(parts), 0, -1):
        yield "-".join(parts[:length])
    if parts[0].lower() != "en":
        yield "en"


def pick_text(texts: Mapping[str, Text], language: str) -> Text | None:
    """Return the text for a reader of ``language``, the first one there is if none fits.

    Tags are compared without regard to case, as BCP 47 says. ``texts`` keeps the order in which
    the partner gave them, so "the first" is the partner's own choice.
    """
    by_tag = {tag.lower(): text for tag, text in texts.items()}
    for tag in fallback_chain(language):
        if tag.lower() in by_tag:
            return by_tag[tag.lower()]
    return next(iter(texts.values()), None)
