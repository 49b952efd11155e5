"""Opening an app: who may, what the browser may frame, and what the app may ask its page for."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.catalog.keys import new_key_pair
from apps.catalog.models import App
from apps.orders.models import Order
from apps.portal.launch_pages import LaunchPage
from apps.subscriptions.models import Installation
from tests.factories import InstallationFactory, MembershipFactory, OrganizationFactory
from tests.portal.conftest import World, text_of
from tests.portal.test_client_pages import MONEY

STATIC = Path(settings.BASE_DIR) / "static"
PAIR = new_key_pair()


@pytest.fixture
def launched(world: World) -> World:
    """The world with an app that opens, on Starter on the site."""
    world.app.program.plan_asks = "duda"
    world.app.program.save()
    world.app.launch_url = "https://app.bookwell.example/launch?from=store"
    world.app.private_key = PAIR.private_key
    world.app.public_key = PAIR.public_key
    world.app.save()
    world.subscribe()
    return world


def url_of(world: World, view: str = "launch") -> str:
    arguments = {"site_name": world.site.site_name, "app_uuid": world.app.uuid}
    return reverse(f"portal:{view}", kwargs=arguments)


def opened(world: World, who: str) -> HttpResponse:
    return world.browser(getattr(world, who)).get(url_of(world))  # type: ignore[return-value]


def link_in(response: HttpResponse) -> str:
    found = re.search(r'<iframe[^>]* src="([^"]*)"', response.content.decode())
    assert found
    return found[1].replace("&amp;", "&")


def change_app(world: World, **values: object) -> None:
    App.objects.filter(pk=world.app.pk).update(**values)


# --- Who may -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["owner", "colleague", "client", "staff"])
def test_who_has_rights_on_the_site_opens_the_app_as_themselves(who: str, launched: World) -> None:
    response = opened(launched, who)
    assert response.status_code == 200
    link = urlsplit(link_in(response))
    sent = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert link.netloc == "app.bookwell.example"
    assert sent["from"] == "store"
    assert sent["site_name"] == "harbor"
    assert sent["lang"] == "en"
    assert sent["editor_origin"] == "http://testserver"
    assert sent["sdk_url"] == sent["iframeSDKSrc"] == "http://testserver/sdk/v1/sdk.js"
    assert sent["current_user_uuid"] == str(getattr(launched, who).public_id)
    for text in ("Bookwell", "Starter"):
        assert text in text_of(response)


def test_strangers_and_developers_find_nothing(launched: World) -> None:
    developer = MembershipFactory(organization=launched.app.vendor, developer=True).user
    inside = MembershipFactory(organization=launched.agency, developer=True).user
    for user in (launched.stranger, developer, inside, launched.app.vendor.owner):
        assert launched.browser(user).get(url_of(launched)).status_code == 404


def test_a_client_of_another_agency_finds_nothing(launched: World) -> None:
    client = MembershipFactory(organization=OrganizationFactory(), client=True).user
    assert launched.browser(client).get(url_of(launched)).status_code == 404


def test_nobody_opens_anything_without_signing_in(launched: World) -> None:
    response = Client().get(url_of(launched))
    assert response["Location"].startswith("/accounts/login/")


def test_an_app_that_is_not_for_clients_opens_for_buyers_alone(launched: World) -> None:
    change_app(launched, visible_to_clients=False)
    assert opened(launched, "client").status_code == 404
    assert opened(launched, "owner").status_code == 200


# --- What is not opened --------------------------------------------------------------------


@pytest.mark.parametrize("who", ["owner", "client"])
def test_a_suspended_app_says_why_it_does_not_open(who: str, launched: World) -> None:
    change_app(launched, status=App.Status.SUSPENDED)
    response = opened(launched, who)
    assert response.status_code == 403
    assert "Bookwell cannot be opened now" in text_of(response)
    assert "has suspended this app" in text_of(response)
    assert "secure_sig" not in response.content.decode()


def test_a_delisted_app_goes_on_opening(launched: World) -> None:
    change_app(launched, status=App.Status.DELISTED)
    assert opened(launched, "owner").status_code == 200


@pytest.mark.parametrize("status", [None, Installation.Status.PENDING])
def test_an_app_that_is_not_active_leads_to_its_page(
    status: Installation.Status | None, world: World
) -> None:
    change_app(world, launch_url="https://app.bookwell.example/", private_key=PAIR.private_key)
    if status:
        InstallationFactory(app=world.app, site=world.site, status=status)
    response = opened(world, "owner")
    assert response.status_code == 302
    assert response["Location"] == url_of(world, "site_app")


@pytest.mark.parametrize("who", ["owner", "client"])
def test_an_app_without_a_launch_opens_elsewhere(who: str, launched: World) -> None:
    change_app(launched, launch_url="")
    browser = launched.browser(getattr(launched, who))
    assert browser.get(url_of(launched))["Location"] == url_of(launched, "site_app")
    text = text_of(browser.get(url_of(launched, "site_app")))
    assert "Bookwell opens elsewhere, not from the marketplace." in text
    site = browser.get(reverse("portal:site", kwargs={"site_name": "harbor"}))
    for page in (text, text_of(site)):
        assert "Open Bookwell" not in page


# --- The page ------------------------------------------------------------------------------


def test_the_page_may_frame_this_one_origin(launched: World) -> None:
    response = opened(launched, "owner")
    policy = dict(
        part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
    )
    assert policy["frame-src"] == "https://app.bookwell.example:443"
    assert policy["frame-ancestors"] == "'none'"
    page = response.content.decode()
    assert 'data-origin="https://app.bookwell.example:443"' in page
    assert f'data-plans-url="{url_of(launched, "plans")}"' in page
    other = launched.browser(launched.owner).get(url_of(launched, "site_app"))
    assert "frame-src" not in other["Content-Security-Policy"]


def test_the_origin_of_a_host_in_other_letters_is_ascii() -> None:
    words = {"app": None, "plan": None, "opening": None, "is_suspended": False}
    page = LaunchPage(link="https://app.bücher.example:8443/launch?x=1", **words)  # type: ignore[arg-type]
    assert page.origin == "https://app.xn--bcher-kva.example:8443"


def test_a_link_that_signs_in_is_kept_nowhere(launched: World) -> None:
    kept = opened(launched, "owner")["Cache-Control"]
    assert {"no-store", "private"} <= set(kept.split(", "))


def test_an_app_for_a_new_tab_is_led_to(launched: World) -> None:
    change_app(launched, window_type=App.WindowType.NEW_TAB)
    response = opened(launched, "client")
    assert response.status_code == 302
    assert response["Location"].startswith(f"{launched.app.launch_url}&site_name=harbor&")
    assert "no-store" in response["Cache-Control"]
    site_app = launched.browser(launched.client).get(url_of(launched, "site_app"))
    button = f'href="{url_of(launched)}" target="_blank" rel="noopener"'
    assert button in site_app.content.decode()


@pytest.mark.parametrize("who", ["owner", "client"])
def test_the_page_has_no_price_for_anybody(who: str, launched: World) -> None:
    source = re.sub(r'(/static/|src=")[^"]*', "", opened(launched, who).content.decode())
    assert MONEY.search(source) is None


@pytest.mark.parametrize("who", ["owner", "client"])
def test_the_pages_of_a_site_lead_to_it(who: str, launched: World) -> None:
    browser = launched.browser(getattr(launched, who))
    site = reverse("portal:site", kwargs={"site_name": "harbor"})
    for url in (site, url_of(launched, "site_app")):
        assert f'href="{url_of(launched)}"' in browser.get(url).content.decode()
    change_app(launched, status=App.Status.SUSPENDED)
    for url in (site, url_of(launched, "site_app")):
        page = browser.get(url)
        assert f'href="{url_of(launched)}"' not in page.content.decode()
        assert "opens elsewhere" not in text_of(page)


def test_an_order_that_is_done_leads_to_it(launched: World) -> None:
    order = launched.run(launched.order(launched.growth))
    assert order.status == Order.Status.COMPLETED
    url = reverse("portal:order", kwargs={"public_id": order.public_id})
    page = launched.browser(launched.owner).get(url).content.decode()
    assert f'href="{url_of(launched)}"' in page


# --- The SDK -------------------------------------------------------------------------------


def test_any_site_may_load_the_sdk(client: Client) -> None:
    response = client.get("/sdk/v1/sdk.js")
    assert response["Content-Type"] == "application/javascript; charset=utf-8"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "public, max-age=86400"
    assert response.content == (STATIC / "sdk/v1/sdk.js").read_bytes()
    assert "Cookie" not in response.get("Vary", "")
    assert client.post("/sdk/v1/sdk.js").status_code == 405


def node(script: str) -> object:
    """Run ``script``, which has the two scripts as texts, and return the JSON that it prints."""
    if not (program := shutil.which("node")):
        pytest.skip("no Node on this machine")
    texts = {name: (STATIC / name).read_text() for name in ("sdk/v1/sdk.js", "js/launch.js")}
    source = f"const texts = {json.dumps(texts)};\n{script}"
    done = subprocess.run(
        [program, "-"], input=source, capture_output=True, text=True, check=True, timeout=30
    )
    return json.loads(done.stdout)


IN_FRAME = """
const sent = [];
const window = { parent: { postMessage: (message) => sent.push(JSON.parse(message)) } };
new Function("window", texts["sdk/v1/sdk.js"])(window);
"""

AROUND_FRAME = """
const app = {};
const frame = {
  dataset: { origin: "https://app.example:443", plansUrl: "/sites/harbor/plans/" },
  contentWindow: app,
};
const went = [];
let listen;
const window = {
  addEventListener: (_name, listener) => { listen = listener; },
  location: {
    origin: "https://marketplace.example",
    assign: (url) => went.push(String(url)),
    reload: () => went.push("reload"),
  },
};
const document = { querySelector: () => frame };
new Function("window", "document", texts["js/launch.js"])(window, document);
const say = (data, source = app, origin = "https://app.example") =>
  listen({ data, source, origin });
"""

PLANS = "https://marketplace.example/sites/harbor/plans/"


def test_the_sdk_posts_what_the_page_understands() -> None:
    sent = node(
        IN_FRAME
        + """
window._dAPI.upgrade({ type: "upgradeApp", appId: "a", planId: "p" });
window._dAPI.upgrade({ planData: { type: "upgradeApp", appId: "a" } });
window._dAPI.upgrade();
window._dAPI.refresh();
console.log(JSON.stringify(sent));
"""
    )
    assert sent == [
        {"type": "upgradeApp", "appId": "a", "planId": "p"},
        {"type": "upgradeApp", "appId": "a"},
        {"type": "upgradeApp"},
        {"type": "refresh"},
    ]


def test_outside_of_a_frame_the_sdk_is_silent() -> None:
    script = IN_FRAME.replace("const window = {", "const window = {};\nObject.assign(window, {")
    script = script.replace("sent.push(JSON.parse(message)) } };", "sent.push(message) } });")
    script = script.replace("new Function", "window.parent = window;\nnew Function", 1)
    assert node(script + "window._dAPI.refresh();\nconsole.log(JSON.stringify(sent));") == []


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ({"type": "upgradeApp", "appId": "a"}, PLANS),
        ({"type": "upgradeApp", "planId": "p"}, f"{PLANS}?plan=p"),
        ({"type": "upgradeApp", "plansList": ["p", "q"]}, f"{PLANS}?plan=p&plan=q"),
        ({"type": "upgradeApp", "plansList": "p,q"}, f"{PLANS}?plan=p&plan=q"),
        ({"planData": {"type": "upgradeApp", "planId": "p&x=1"}}, f"{PLANS}?plan=p%26x%3D1"),
        ({"type": "refresh"}, "reload"),
    ],
)
def test_the_app_may_ask_for_its_plans_as_object_or_text(message: object, where: str) -> None:
    text = json.dumps(message)
    script = f"say({text}); say({json.dumps(text)}); console.log(JSON.stringify(went));"
    assert node(AROUND_FRAME + script) == [where, where]


def test_nobody_else_is_heard_and_nothing_else_is_done() -> None:
    script = """
const upgrade = { type: "upgradeApp" };
say(upgrade, {});
say(upgrade, app, "https://evil.example");
say(upgrade, app, "http://app.example");
say(upgrade, app, "https://app.example:8443");
for (const data of [null, 7, "", "hello", "[]", "null", {}, { type: "x" }, { planData: 1 }]) {
  say(data);
}
console.log(JSON.stringify(went));
"""
    assert node(AROUND_FRAME + script) == []
