import datetime as dt

import factory
from factory.django import DjangoModelFactory

from apps.webhooks.models import Ask, Endpoint, Event, EventStream
from tests.factories.accounts import SiteFactory
from tests.factories.catalog import APP_SECRET, AppFactory

WRITTEN_AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


class EndpointFactory(DjangoModelFactory[Endpoint]):
    """An app's endpoint for all events, in the standard format."""

    app = factory.SubFactory(AppFactory)
    url = factory.Sequence(lambda n: f"https://app{n}.example.com/events")
    secret = APP_SECRET

    class Meta:
        model = Endpoint


class EventStreamFactory(DjangoModelFactory[EventStream]):
    """The events between an app and a site; the same one each time for the same two."""

    app = factory.SubFactory(AppFactory)
    site = factory.SubFactory(SiteFactory)

    class Meta:
        model = EventStream
        django_get_or_create = ("app", "site")


class EventFactory(DjangoModelFactory[Event]):
    """The next event of a stream."""

    stream = factory.SubFactory(EventStreamFactory)
    app = factory.SelfAttribute("stream.app")
    type = "plan.changed"
    sequence = factory.LazyAttribute(lambda event: event.stream.events.count() + 1)
    data = factory.LazyFunction(dict)
    occurred_at = WRITTEN_AT

    class Meta:
        model = Event


class AskFactory(DjangoModelFactory[Ask]):
    """A plan change that an app is asked about and has not answered."""

    key = factory.Sequence(lambda n: f"{n}:ask")
    app = factory.SubFactory(AppFactory)
    dialect = "duda"
    kind = "ChangePlan"
    url = "https://app.example.com/change"
    body = '{"site_name":"site"}'
    masked_body = factory.SelfAttribute("body")
    timeout = 60
    created_at = WRITTEN_AT

    class Meta:
        model = Ask
