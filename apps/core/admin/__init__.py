"""What every admin page of the project is made of: bases, columns, and buttons that ask first."""

from apps.core.admin.columns import (
    MODE_COLOURS,
    amount_html,
    badge,
    badge_html,
    caused_by,
    code_html,
    column,
    link_to,
    moment_html,
    money,
    own_link,
    related,
    timed,
)
from apps.core.admin.filters import DayRangeFilter
from apps.core.admin.forms import LinesField, WholeRowForm, adopt
from apps.core.admin.pages import ConfigurationAdmin, FactAdmin, FactInline, StaffAdmin
from apps.core.admin.steps import (
    ReasonForm,
    StaffRequest,
    StepForm,
    button,
    list_step,
    shown_once,
    step,
)

__all__ = [
    "MODE_COLOURS",
    "ConfigurationAdmin",
    "DayRangeFilter",
    "FactAdmin",
    "FactInline",
    "LinesField",
    "ReasonForm",
    "StaffAdmin",
    "StaffRequest",
    "StepForm",
    "WholeRowForm",
    "adopt",
    "amount_html",
    "badge",
    "badge_html",
    "button",
    "caused_by",
    "code_html",
    "column",
    "link_to",
    "list_step",
    "moment_html",
    "money",
    "own_link",
    "related",
    "shown_once",
    "step",
    "timed",
]
