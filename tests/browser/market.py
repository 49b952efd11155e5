"""The small market of the browser tests: one app, one agency, and everybody around it."""

import dataclasses

from apps.accounts.models import Organization, Site, User
from apps.catalog.models import App, Plan
from apps.core.clock import current_time
from apps.payments.models import PaymentMethod
from apps.payments.services import add_card
from tests.factories import (
    AppFactory,
    AppProfileFactory,
    MembershipFactory,
    OrganizationFactory,
    PlanFactory,
    PlanProfileFactory,
    ProgramFactory,
    SiteFactory,
    UserFactory,
)


@dataclasses.dataclass
class Market:
    """Who and what the tests speak of."""

    app: App
    starter: Plan
    growth: Plan
    care: Plan
    agency: Organization
    mia: User
    site: Site
    other_site: Site

    def add_card(self, number: str = "4242424242424242") -> PaymentMethod:
        """Give the agency a test card, which becomes its default."""
        return add_card(
            actor=self.mia,
            now=current_time(),
            organization=self.agency,
            number=number,
            expires_month=12,
            expires_year=current_time().year + 4,
        )

    def make_client(self, site: Site | None = None) -> User:
        """Make a client of one site."""
        client = UserFactory(name="Priya Nair")
        MembershipFactory(
            user=client, organization=self.agency, client=True, sites=[site or self.site]
        )
        return client

    def app_path(self, site: Site | None = None) -> str:
        """The app's page for a site."""
        return f"/sites/{(site or self.site).site_name}/apps/{self.app.uuid}/"

    def plans_path(self, site: Site | None = None) -> str:
        """The plan selection for a site."""
        return f"{self.app_path(site)}plans/"


def make_market(app_url: str, *, ask_timeout: int = 5) -> Market:
    """Make it. The app is asked at ``app_url`` and has ``ask_timeout`` seconds to answer."""
    mia = UserFactory(name="Mia Keller", email="mia@northlight.example")
    agency = OrganizationFactory(
        name="Northlight Studio",
        owner=mia,
        contact_name="Mia Keller",
        contact_email="mia@northlight.example",
        contact_phone="+49 30 5550 1420",
    )
    app = AppFactory(
        name="Bookwell",
        vendor__name="Fernhill Software",
        vendor__contact_email="help@bookwell.example",
        program=ProgramFactory(ask_timeout=ask_timeout),
        endpoints=app_url,
    )
    AppProfileFactory(app=app, short_description="Clients book without leaving the site.")
    AppProfileFactory(
        app=app, language="de", short_description="Kunden buchen, ohne die Seite zu verlassen."
    )
    starter = PlanFactory(app=app, name="Starter", monthly=1900, yearly=19000)
    growth = PlanFactory(app=app, name="Growth", monthly=4900, yearly=49000)
    care = PlanFactory(app=app, name="Network Care", monthly=39900, hidden=True)
    PlanProfileFactory(
        plan=growth, language="de", name="Wachstum", subtitle="Für Teams", features=["5 Kalender"]
    )
    return Market(
        app=app,
        starter=starter,
        growth=growth,
        care=care,
        agency=agency,
        mia=mia,
        site=SiteFactory(organization=agency, label="Harbor Dental", domain="harbor.example"),
        other_site=SiteFactory(organization=agency, label="Mill Lane Physio"),
    )
