"""How the app was told to answer: rules, and which of them fits a request.

A one-time rule is used up by the first request that it fits, oldest rule first. Otherwise the
lasting rule with the narrowest scope answers. Otherwise the app says yes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

ANSWERS = {
    "yes": "Say yes (200)",
    "refuse": "Refuse with a text (4xx)",
    "slow": "Say yes after a while",
    "fail": "Fail (5xx)",
    "hang": "Never answer",
    "no_content": "Answer 204",
    "redirect": "Redirect (302)",
}
KINDS = ("install", "change", "uninstall", "events")
WORK = {"at_once": "Before answering", "late": "At the end of the wait", "never": "Not at all"}

# When the work is done if the rule does not say, and which status is sent if it names none.
USUAL_WORK = {"yes": "at_once", "no_content": "at_once", "slow": "late"}
USUAL_STATUS = {"refuse": 409, "fail": 500}
USUAL_TEXT = {
    "refuse": "This workspace is linked to another account. Ask its owner to release it.",
    "fail": "Something broke on our side.",
}
LONGEST_WAIT_SECONDS = 3_600
LONGEST_TEXT = 2_000


class RuleError(ValueError):
    """The instruction cannot be followed; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One instruction.

    Empty `app` or `site_name` fits any; an empty `kind` fits every ask, but not events.
    """

    do: str = "yes"
    status: int = 0
    text: str = ""
    seconds: float = 5.0
    work: str = ""
    app: str = ""
    site_name: str = ""
    kind: str = ""
    once: bool = True

    def fits(self, *, app: str, kind: str, site_name: str) -> bool:
        """Whether this rule is about such a request."""
        return (
            self.app in ("", app)
            and self.site_name in ("", site_name)
            and (self.kind == kind or (self.kind == "" and kind != "events"))
        )

    @property
    def scope(self) -> tuple[str, str, str]:
        """What the rule is limited to."""
        return (self.app, self.site_name, self.kind)

    @property
    def when_to_work(self) -> str:
        """A key of WORK."""
        return self.work or USUAL_WORK.get(self.do, "never")


def read_rule(given: Mapping[str, Any]) -> Rule:
    """A rule from the fields of a form or of a JSON body. Raises RuleError."""
    unknown = set(given) - {field.name for field in fields(Rule)}
    if unknown:
        raise RuleError(f"unknown: {', '.join(sorted(unknown))}")
    given = {name: value for name, value in given.items() if value not in ("", None)}
    do = _one_of("do", given.get("do", "yes"), ANSWERS)
    return Rule(
        do=do,
        status=_status(do, given.get("status", USUAL_STATUS.get(do, 200))),
        text=str(given.get("text", USUAL_TEXT.get(do, "")))[:LONGEST_TEXT],
        seconds=_seconds(given.get("seconds", Rule.seconds)),
        work=_one_of("work", given.get("work", ""), ("", *WORK)),
        app=str(given.get("app", "")),
        site_name=str(given.get("site_name", "")),
        kind=_one_of("kind", given.get("kind", ""), ("", *KINDS)),
        once=_one_of("once", str(given.get("once", True)).lower(), ("true", "false")) == "true",
    )


def add_rule(rules: list[dict[str, Any]], rule: Rule) -> None:
    """Append the rule; a lasting one replaces the lasting one of the same scope."""
    if not rule.once:
        rules[:] = [
            stored for stored in rules if stored["once"] or Rule(**stored).scope != rule.scope
        ]
    rules.append(asdict(rule))


def take_rule(rules: list[dict[str, Any]], *, app: str, kind: str, site_name: str) -> Rule:
    """The rule for such a request, removed from `rules` if it was for one time."""
    fitting = [
        (place, rule)
        for place, rule in enumerate(Rule(**stored) for stored in rules)
        if rule.fits(app=app, kind=kind, site_name=site_name)
    ]
    for place, rule in fitting:
        if rule.once:
            del rules[place]
            return rule
    narrowest = max(fitting, key=lambda found: sum(map(bool, found[1].scope)), default=None)
    return narrowest[1] if narrowest else Rule(status=200)


def _one_of(name: str, value: Any, choices: Any) -> str:
    if value not in choices:
        raise RuleError(f"{name} must be one of: {', '.join(filter(None, choices))}")
    return str(value)


def _status(do: str, value: Any) -> int:
    lowest, highest = {"refuse": (400, 499), "fail": (500, 599)}.get(do, (200, 200))
    try:
        status = int(value)
    except (TypeError, ValueError):
        status = 0
    if do in USUAL_STATUS and not lowest <= status <= highest:
        raise RuleError(f"status of {do} must be {lowest} to {highest}")
    return status


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT_SECONDS:
        raise RuleError(f"seconds must be 0 to {LONGEST_WAIT_SECONDS}")
    return seconds
