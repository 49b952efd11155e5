"""The guarded HTTP client: the only way out to a URL that somebody else chose.

The address is checked at the very socket that is connected to, so a name that resolves to a
public address now and to a private one a moment later gains nothing. Redirects are not followed,
TLS is verified against the name, and what is read and waited for is bounded.
"""

import asyncio
import dataclasses
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp
from ssrfguard import Policy, SSRFGuardError
from yarl import URL

from apps.core.origins import is_allowed_origin

CONNECT_SECONDS = 5
ANSWER_BYTES = 64 * 1024
"""More of an answer is not read: the rest is dropped with the connection."""

_POLICY = Policy(allowed_ports=frozenset({80, 443, 8080, 8443}))


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    ``error`` is empty, ``dns``, ``refused``, ``tls``, ``blocked``, ``timeout`` or ``broken``;
    ``status`` is there only without an error. ``was_sent`` is False when the request certainly
    did not leave: then the receiver cannot have acted on it.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    error: str
    error_text: str
    was_sent: bool
    duration_ms: int


def post(url: str, *, body: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
    """POST ``body`` to ``url`` and wait at most ``timeout`` seconds for the whole answer.

    Never raises for what the network or the receiver does: that is the answer's ``error``.
    """
    return asyncio.run(post_async(url, body=body, headers=headers, timeout=timeout))


async def post_async(
    url: str, *, body: bytes, headers: Mapping[str, str], timeout: float
) -> Answer:
    """Do what :func:`post` does, beside other requests."""
    started = time.monotonic()
    sent = False

    async def note_sent(*_args: Any) -> None:
        # Called when the headers are about to be written: from here on the receiver may have
        # the request, whatever happens to the connection.
        nonlocal sent
        sent = True

    def answer(error: str, text: str) -> Answer:
        return Answer(
            status=None,
            headers={},
            body=b"",
            error=error,
            error_text=text[:300],
            was_sent=sent,
            duration_ms=_milliseconds_since(started),
        )

    try:
        if not is_allowed_origin(url):
            _POLICY.check_url(url)
    except SSRFGuardError as error:
        return answer("blocked", str(error))
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(note_sent)
    connector = aiohttp.TCPConnector(
        socket_factory=_socket_factory(url), use_dns_cache=False, force_close=True
    )
    try:
        async with (
            aiohttp.ClientSession(
                connector=connector,
                trust_env=False,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=timeout, sock_connect=min(CONNECT_SECONDS, timeout)
                ),
                trace_configs=[trace],
            ) as session,
            session.post(
                URL(url), data=body, headers=dict(headers), allow_redirects=False
            ) as response,
        ):
            content = await _read(response)
            return Answer(
                status=response.status,
                headers={
                    name.lower(): _readable(value) for name, value in response.headers.items()
                },
                body=content,
                error="",
                error_text="",
                was_sent=True,
                duration_ms=_milliseconds_since(started),
            )
    except (SSRFGuardError, aiohttp.ClientError, OSError, ValueError) as error:
        # ValueError: a header or URL that aiohttp will not write; nothing left this machine.
        return answer(*_explained(error, timeout))


def _explained(error: Exception, timeout: float) -> tuple[str, str]:
    """Return the kind of a failure and its words. The more special classes come first."""
    match error:
        case SSRFGuardError():
            return "blocked", str(error)
        case aiohttp.ClientConnectorDNSError():
            return "dns", str(error)
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return "tls", str(error)
        case aiohttp.ConnectionTimeoutError():
            return "refused", f"no connection within {CONNECT_SECONDS} s"
        case aiohttp.ClientConnectorError():
            return "refused", str(error)
        case TimeoutError():
            return "timeout", f"no answer within {timeout:g} s"
    return "broken", f"{type(error).__name__}: {error}"


def _readable(value: str) -> str:
    """Return a header that may be stored: bytes that are no UTF-8 come in as lone surrogates."""
    return value.encode(errors="surrogateescape").decode(errors="replace")


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks = bytearray()
    while len(chunks) < ANSWER_BYTES:
        chunk = await response.content.read(ANSWER_BYTES - len(chunks))
        if not chunk:
            break
        chunks += chunk
    return bytes(chunks)


def _socket_factory(url: str) -> Callable[[Any], socket.socket]:
    allowed = is_allowed_origin(url)

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _name, address = info
        if not allowed:
            _POLICY.check_address(address[0])
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
