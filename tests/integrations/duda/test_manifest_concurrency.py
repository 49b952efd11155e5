"""Two imports at once take turns: neither mixes with the other, no app is made twice."""

import copy
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from apps.accounts.models import Organization
from apps.catalog.models import App, CatalogManifest, Program
from apps.catalog.presets import install_presets
from apps.integrations.duda.manifest import write_manifest
from apps.integrations.duda.manifest_services import ManifestResult, import_manifest
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import AppFactory
from tests.integrations.duda.conftest import NOW, Document

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4


def at_once(runs: list[Callable[[], ManifestResult]]) -> list[ManifestResult]:
    """Start all runs together, each on a connection of its own."""
    results: list[Any] = [None] * len(runs)
    start = threading.Barrier(len(runs))

    def work(position: int) -> None:
        try:
            start.wait()
            results[position] = runs[position]()
        except Exception as error:  # noqa: BLE001 - shown by the assertion
            results[position] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(result, ManifestResult) for result in results), results
    return results


def importing(vendor: Organization, document: Document) -> Callable[[], ManifestResult]:
    return lambda: import_manifest(actor=None, now=NOW, vendor=vendor, document=document)


@pytest.fixture
def vendor() -> Organization:
    install_presets(Program)
    return OrganizationFactory(vendor=True, slug="bookwell")


def test_the_app_ends_as_one_of_the_documents_and_never_as_a_mixture(
    vendor: Organization, document: Document
) -> None:
    app = AppFactory(vendor=vendor, program=Program.objects.get(slug="duda"), uuid=document["uuid"])
    importing(vendor, document)()
    documents = []
    for turn in range(THREADS):
        each = copy.deepcopy(document)
        for position, plan in enumerate(each["app_plans"]):
            plan["plan_grade"] = (position + turn) % 3
            plan["plan_profiles"]["en"]["plan_name"] = f"Name {(position + turn) % 3}"
            plan["plan_profiles"]["en"]["plan_subtitle"] = f"Turn {turn}"
        documents.append(each)

    results = at_once([importing(vendor, each) for each in documents])

    assert [result.errors for result in results] == [()] * THREADS
    assert all(result.applied for result in results)
    plans = write_manifest(App.objects.get(pk=app.pk))["app_plans"]
    subtitles = {plan["plan_profiles"]["en"]["plan_subtitle"] for plan in plans}
    assert len(subtitles) == 1
    last = documents[int(subtitles.pop().removeprefix("Turn "))]
    assert [plan["plan_grade"] for plan in plans] == [
        plan["plan_grade"] for plan in last["app_plans"]
    ]
    assert CatalogManifest.objects.get(app=app, is_current=True).document == last


def test_one_new_app_imported_twice_at_once_is_made_once(
    vendor: Organization, document: Document
) -> None:
    results = at_once([importing(vendor, document)] * 3)

    assert [result.errors for result in results] == [()] * 3
    assert sorted(len(result.changes) > 0 for result in results) == [False, False, True]
    assert App.objects.get().plans.count() == 3


def test_a_plan_claimed_by_two_vendors_at_once_is_one_vendors(
    vendor: Organization, document: Document
) -> None:
    other = OrganizationFactory(vendor=True)
    theirs = copy.deepcopy(document)
    theirs["uuid"] = "0b7e6a55-2c1f-4f0e-9a53-0d6a1b3c5e02"

    results = at_once([importing(vendor, document), importing(other, theirs)])

    assert sorted(result.applied for result in results) == [False, True]
    assert App.objects.count() == 1
    loser = next(result for result in results if not result.applied)
    assert loser.errors
