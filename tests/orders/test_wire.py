"""What an app gets over the wire: exact bodies, and signatures that its own library accepts."""

import base64
import hashlib
import hmac
import json

import pytest
from standardwebhooks import Webhook

from apps.integrations.duda.payloads import milliseconds
from apps.subscriptions.models import InstallationToken
from apps.webhooks.models import Ask
from tests.factories.catalog import APP_KEY, APP_SECRET
from tests.fakes.market import Market
from tests.fakes.vendor_app import Received, Reply

pytestmark = pytest.mark.django_db


def assert_signed(request: Received) -> None:
    """Both signatures hold over the very bytes that came."""
    assert Webhook(APP_SECRET).verify(request.raw, request.headers) == request.body
    stamp = request.headers["x-duda-signature-timestamp"]
    expected = hmac.new(APP_KEY, f"{stamp}.".encode() + request.raw, hashlib.sha256).digest()
    assert request.headers["x-duda-signature"] == base64.b64encode(expected).decode()
    # Node's verifier writes the parsed body again before it checks: compact and unescaped.
    assert (
        request.raw == json.dumps(request.body, separators=(",", ":"), ensure_ascii=False).encode()
    )


def test_an_install_is_asked_in_dudas_exact_body_with_a_token_that_works_already(
    market: Market,
) -> None:
    opened = []

    def look() -> None:
        opened.append(market.vendor_app.received[-1].body["auth"]["authorization_code"])

    market.vendor_app.answer("/install", Reply(before=look))
    order = market.place(market.starter, recurrency="YEARLY")
    token = InstallationToken.objects.get()
    access, refresh = token.access_sealed, token.refresh_sealed
    assert token.is_usable(market.clock())
    market.run(order)

    (request,) = market.vendor_app.received
    assert request.body == {
        "auth": {
            "type": "bearer",
            "authorization_code": access,
            "refresh_token": refresh,
            "expiration_date": milliseconds(token.expires_at),
        },
        "api_endpoint": "http://testserver/integrations/duda",
        "installer_account_uuid": str(market.buyer.public_id),
        "account_owner_uuid": str(market.agency.owner.public_id),
        "user_lang": market.buyer.language,
        "app_plan_uuid": str(market.starter.uuid),
        "recurrency": "ANNUAL",
        "site_name": market.site.site_name,
        "free": False,
    }
    assert opened == [access]
    assert_signed(request)
    ask = Ask.objects.get()
    assert (ask.body, access in ask.masked_body, refresh in ask.masked_body) == ("", False, False)


def test_changes_and_undos_are_signed_too(market: Market) -> None:
    market.buy(market.starter)
    market.vendor_app.answer("/change", Reply(500), Reply(409, "No."))
    market.settle(market.place(market.growth))

    assert market.vendor_app.paths() == ["/install", *["/change"] * 4]
    for request in market.vendor_app.received:
        assert_signed(request)
