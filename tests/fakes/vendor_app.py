"""A vendor's app server that a test tells how to answer. It keeps every request it gets."""

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclasses.dataclass
class Received:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclasses.dataclass(frozen=True)
class Reply:
    """How to answer one request. ``hang`` seconds of silence come before the status."""

    status: int = 200
    text: str = ""
    content_type: str = "text/plain; charset=utf-8"
    hang: float = 0
    close_without_answer: bool = False
    location: str = ""
    raw: bytes | None = None
    """The body as bytes, in place of ``text``."""
    content_length: int | None = None
    """What it says about its length, where that is not true."""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    before: Callable[[], None] | None = None
    """What happens while the marketplace waits."""


@dataclasses.dataclass
class VendorApp:
    """Answers 200, unless ``replies`` holds what comes next, for each path."""

    url: str = ""
    received: list[Received] = dataclasses.field(default_factory=list)
    replies: dict[str, list[Reply]] = dataclasses.field(default_factory=dict)
    always: dict[str, Reply] = dataclasses.field(default_factory=dict)

    def answer(self, path: str, *replies: Reply) -> None:
        """Answer the next requests to ``path`` so, one after the other, then 200 again."""
        self.replies.setdefault(path, []).extend(replies)

    def paths(self) -> list[str]:
        """The paths that were asked, in order."""
        return [each.path for each in self.received]


@contextmanager
def running_vendor_app() -> Iterator[VendorApp]:
    """Serve a :class:`VendorApp` on a free loopback port."""
    app = VendorApp()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            app.received.append(Received(self.path, headers, raw))
            queue = app.replies.get(self.path)
            reply = queue.pop(0) if queue else app.always.get(self.path, Reply())
            if reply.before:
                reply.before()
            if reply.hang:
                time.sleep(reply.hang)
            if reply.close_without_answer:
                self.close_connection = True
                return
            content = reply.text.encode() if reply.raw is None else reply.raw
            self.send_response(reply.status)
            self.send_header("content-type", reply.content_type)
            length = len(content) if reply.content_length is None else reply.content_length
            self.close_connection = self.close_connection or length != len(content)
            self.send_header("content-length", str(length))
            if reply.location:
                self.send_header("location", reply.location)
            for name, value in reply.headers.items():
                self.send_header(name, value)  # http.server writes it as Latin-1
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the marketplace stopped waiting

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    app.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
