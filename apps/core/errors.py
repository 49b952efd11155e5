"""The one family of errors that a user's input or the state of things can cause."""

from django.utils.functional import Promise


class DomainError(Exception):
    """A request that cannot be done, with a text that says what to do instead.

    ``code`` is stable and for machines, ``message`` is translated and for people, and ``field``
    names the input at fault where there is one. Pages show it, the API renders it as a problem.
    """

    code = "error"

    def __init__(self, message: str | Promise, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return str(self.message)
