"""Where the content security policy is wider than ``'self'``, in one table of path prefixes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class RelaxationMiddleware:
    """Widens the policy below the prefixes of ``CONTENT_SECURITY_RELAXATIONS``.

    Goes by path rather than by decorated views, so that redirects, error pages and views of
    third parties below a prefix are covered alike. It stands inside ``CSPMiddleware``, which
    writes the header; a view's own ``csp_update`` is left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next middleware."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, marking the response for ``CSPMiddleware`` where a prefix fits."""
        response = self.get_response(request)
        if not hasattr(response, "_csp_update"):
            for prefix, directives in settings.CONTENT_SECURITY_RELAXATIONS.items():
                if request.path_info.startswith(prefix):
                    response._csp_update = directives  # type: ignore[attr-defined]  # noqa: SLF001
                    break
        return response
