"""An app with three plans, as its manifest says, and the ways to import one."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.models import Organization
from apps.catalog.models import App, Program
from apps.catalog.presets import install_presets
from apps.integrations.duda.manifest_services import ManifestResult, import_manifest
from tests.factories.accounts import OrganizationFactory
from tests.factories.catalog import AppFactory

MANIFESTS = Path(__file__).parent / "manifests"
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)

Document = dict[str, Any]
Import = Callable[..., ManifestResult]


@pytest.fixture
def document() -> Document:
    """Return the manifest of Bookwell, with every property that a manifest may have."""
    manifest: Document = json.loads((MANIFESTS / "bookwell.json").read_text())
    return manifest


@pytest.fixture
def vendor(db: None) -> Organization:
    """Return the vendor of Bookwell, on a marketplace with the preset programs."""
    install_presets(Program)
    return OrganizationFactory(vendor=True, name="Bookwell GmbH", slug="bookwell")


@pytest.fixture
def app(vendor: Organization, document: Document) -> App:
    """Return Bookwell as its manifest describes it, under the Duda preset."""
    app = AppFactory(
        vendor=vendor,
        program=Program.objects.get(slug="duda"),
        uuid=document["uuid"],
        public_key=document["public_key"],
        name="Bookwell",
    )
    result = import_manifest(actor=None, now=NOW, vendor=vendor, document=document)
    assert result.is_ok, result
    app.refresh_from_db()
    return app


@pytest.fixture
def as_staff(vendor: Organization) -> Import:
    """Return an import with staff's rights."""

    def run(document: Document | bytes, **options: Any) -> ManifestResult:
        return import_manifest(
            actor=None, now=NOW, vendor=vendor, document=document, as_partner=False, **options
        )

    return run


@pytest.fixture
def as_partner(vendor: Organization) -> Import:
    """Return an import with the vendor's rights."""

    def run(document: Document | bytes, **options: Any) -> ManifestResult:
        return import_manifest(
            actor=None, now=NOW, vendor=vendor, document=document, as_partner=True, **options
        )

    return run
