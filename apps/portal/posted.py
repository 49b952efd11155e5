"""Addresses that take a POST alone, and what somebody finds there who comes by GET."""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def posted(page: str, view: View) -> View:
    """Lead a GET to ``page``, which has the form and the same ids; the rest is ``view``'s.

    A button pressed after the session has ended leads to the sign-in, and that comes back to the
    button's address by GET. Nothing is done there and nothing told: the page asks who reads it.
    """

    @functools.wraps(view)
    def shown(request: HttpRequest, **ids: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return HttpResponseRedirect(reverse(page, kwargs=ids))
        return view(request, **ids)

    return shown
