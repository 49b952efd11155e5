"""N+1 queries are errors in every request that a test makes."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings
from zeal.errors import NPlusOneError

from apps.catalog.models import Plan
from tests.factories import PlanFactory


def careless(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(plan.app.name for plan in Plan.objects.all()))


def careful(request: HttpRequest) -> HttpResponse:
    return HttpResponse(", ".join(plan.app.name for plan in Plan.objects.select_related("app")))


urlpatterns = [path("careless", careless), path("careful", careful)]


@pytest.mark.django_db
def test_a_query_for_each_row_is_an_error(client: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    PlanFactory.create_batch(3)
    assert client.get("/careful").status_code == 200
    with pytest.raises(NPlusOneError, match=r"Plan\.app"):
        client.get("/careless")
