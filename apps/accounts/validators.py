"""What a time zone, a currency, a language and a site name may be."""

import zoneinfo

from babel import Locale, UnknownLocaleError
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.money import known_currencies


def validate_time_zone(value: str) -> None:
    """Accept the names of the IANA time zone database."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Use a name such as Europe/Berlin."),
            params={"value": value},
        )


def validate_currency(value: str) -> None:
    """Accept ISO 4217 codes in capitals."""
    if value not in known_currencies():
        raise ValidationError(
            _("“%(value)s” is not an ISO 4217 currency. Use a code such as EUR."),
            params={"value": value},
        )


def validate_language(value: str) -> None:
    """Accept BCP 47 tags that the locale data knows, such as ``de`` or ``pt-BR``."""
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValidationError(
            _("“%(value)s” is not a known language tag. Use one such as en or pt-BR."),
            params={"value": value},
        ) from error


validate_site_name = RegexValidator(
    r"\A[a-z0-9][a-z0-9_-]{1,63}\Z",
    gettext_lazy(
        "Use 2 to 64 lower-case letters, digits, hyphens and underscores; "
        "begin with a letter or digit."
    ),
)
