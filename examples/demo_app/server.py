"""The HTTP side: which address does what. One thread for each request."""

import json
import re
import select
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pages
from behavior import KINDS, RuleError, add_rule, read_rule
from inbox import Answer, Request, receive
from store import DEFAULT_APP, Store

LARGEST_BODY = 1_000_000
STYLESHEET = Path(__file__).with_name("page.css")
PATH = re.compile(r"(?:/(?P<app>[a-z0-9][a-z0-9-]*))?/(?P<what>[a-z.]*)")
HTML = "text/html; charset=utf-8"
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'"


class DemoServer(ThreadingHTTPServer):
    """Serves the apps of one store, on the loopback address."""

    daemon_threads = True
    # A burst of asks must not be turned away while threads start.
    request_queue_size = 128

    def __init__(self, port: int, store: Store) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.store = store
        self.is_closing = threading.Event()

    def close(self) -> None:
        """Stop taking requests, and let the held ones go."""
        self.is_closing.set()
        self.shutdown()


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: DemoServer
    protocol_version = "HTTP/1.1"
    server_version = "DemoApp"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Pages, and the state as JSON."""
        url = urlsplit(self.path)
        match = PATH.fullmatch(url.path)
        app, what = (match["app"] or "", match["what"]) if match else ("", "nothing")
        store = self.server.store
        if what == "":
            self._send(Answer(status=200, text=pages.overview(store, app), content_type=HTML))
        elif what == "launch":
            site_name = parse_qs(url.query).get("site_name", [""])[0]
            page = pages.launch(store, app or DEFAULT_APP, site_name)
            self._send(Answer(status=200, text=page, content_type=HTML))
        elif what == "state.json":
            self._send_json(pages.public_state(store))
        elif what == "control":
            self._send_json({"rules": store.read()["rules"]})
        elif what == "page.css":
            text = STYLESHEET.read_text(encoding="utf-8")
            self._send(Answer(status=200, text=text, content_type="text/css; charset=utf-8"))
        elif what == "health":
            self._send(Answer(status=200, text="ok"))
        else:
            self._send(Answer(status=404, text="There is nothing here."))

    def do_POST(self) -> None:
        """Requests of the marketplace, and instructions."""
        body = self._read_body()
        if body is None:
            return
        match = PATH.fullmatch(urlsplit(self.path).path)
        what = match["what"] if match else ""
        if match and what in KINDS:
            request = Request(
                app=match["app"] or DEFAULT_APP,
                kind=what,
                path=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            self._send(receive(self.server.store, request, wait=self._wait))
        elif match and what == "control":
            self._control(match["app"] or "", body)
        else:
            self._send(Answer(status=404, text="There is nothing here."))

    def _control(self, app: str, body: bytes) -> None:
        # A page of another site in the same browser must not steer this app.
        origin = self.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != self.headers.get("host"):
            self._send(Answer(status=403, text="Instructions are taken from this page only."))
            return
        # Not by content type: curl and others call whatever they send a form.
        is_form = not body.lstrip().startswith(b"{")
        try:
            given: Any = dict(parse_qsl(body.decode())) if is_form else json.loads(body)
            if not isinstance(given, dict):
                raise RuleError("send a JSON object")
            with self.server.store.changing() as state:
                if given.get("do") == "reset":
                    state["rules"].clear()
                else:
                    add_rule(state["rules"], read_rule(({"app": app} if app else {}) | given))
        except ValueError as error:
            self._send(Answer(status=400, text=str(error)))
            return
        if is_form:
            self._send(Answer(status=303, location=f"/{app}/" if app else "/"))
        else:
            self._send_json({"rules": self.server.store.read()["rules"]})

    def _read_body(self) -> bytes | None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            # The unread body would be taken for the next request.
            self.close_connection = True
            self._send(Answer(status=413, text="A body of at most 1 MB, with its length, please."))
            return None
        return self.rfile.read(int(length))

    def _wait(self, seconds: float) -> bool:
        """Wait, and return whether the client is still there."""
        end = time.monotonic() + seconds
        while not self.server.is_closing.is_set() and (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.2))
            if readable:
                try:
                    if self.connection.recv(1, socket.MSG_PEEK) == b"":
                        return False
                except OSError:
                    return False
                time.sleep(min(left, 0.2))
        return True

    def _send_json(self, content: Any) -> None:
        text = json.dumps(content, ensure_ascii=False, indent=1)
        self._send(Answer(status=200, text=text, content_type="application/json"))

    def _send(self, answer: Answer) -> None:
        if answer.status == 0:
            self.close_connection = True
            return
        body = answer.text.encode()
        try:
            self.send_response(answer.status)
            if answer.status != 204:
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(body)))
            if answer.location:
                self.send_header("Location", answer.location)
            if answer.content_type == HTML:
                self.send_header("Content-Security-Policy", PAGE_POLICY)
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(body)
        except OSError:
            # The client gave up before the answer: it is in the store all the same.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the library's name)
        """Quiet: the page shows what came in."""
