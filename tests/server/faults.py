"""A proxy in front of the server that injects the faults a test asks for.

It listens on a port of its own, so the server behind it, its engine and its
functions never meet a fault meant for the client under test. Rules and seen
calls are under /_tidegate/faults and /_tidegate/calls.
"""

import http.client
import json
import random
import re
import socket
import struct
import threading
import time
import urllib.parse
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

import cbor2

# Operations that only read, by their names; of REST protocols, by their methods.
READS = re.compile(r"(Describe|Get|List|BatchGet|GET |HEAD )")
HOP_HEADERS = {"connection", "transfer-encoding", "content-length", "expect", "keep-alive"}


@dataclass
class Rule:
    """Which calls meet a fault (`service`, `operation`, `account`: regular expressions), how often, and which fault.

    `about` is found in the body of the request.

    `code` answers an error, `cut` closes the connection without an answer,
    `stale` gives the answer of the last time to the same request; none of them
    means a delay alone. `late` lets the server do the call before the fault.
    `times` -1 means always; `after` calls pass first; of those that are due,
    `rate` is the share that meets the fault, by a sequence of its own `seed`.
    """

    service: str = ".*"
    operation: str = ".*"
    account: str = ".*"
    about: str = ""
    after: int = 0
    times: int = 1
    code: str = ""
    status: int = 400
    message: str = "Rate exceeded"
    delay_seconds: float = 0.0
    cut: bool = False
    stale: bool = False
    late: bool = False
    rate: float = 1.0
    seed: int = 0
    seen: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def __post_init__(self):
        self.chance = random.Random(self.seed)

    def takes(self, call):
        """Counts a matching call; true when this rule's fault is due."""
        parts = ((self.service, call.service), (self.operation, call.operation), (self.account, call.account))
        if not all(re.fullmatch(pattern, text) for pattern, text in parts) or self.about not in call.body:
            return False
        self.seen += 1
        due = self.seen > self.after and (self.times < 0 or self.hits < self.times)
        due = due and (self.rate >= 1.0 or self.chance.random() < self.rate)
        self.hits += due
        return due


@dataclass(frozen=True)
class Call:
    account: str
    service: str
    operation: str
    body: str = ""


class FaultProxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, listener, upstream_port):
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.upstream_port = upstream_port
        self.lock = threading.Lock()
        self.rules: list[Rule] = []
        self.calls: list[dict] = []
        # The last answer to each request for something that is only read.
        self.answers: dict = {}

    def due_rule(self, call):
        with self.lock:
            rule = next((rule for rule in self.rules if rule.takes(call)), None)
            seen = {name: part for name, part in asdict(call).items() if name != "body"}
            self.calls.append({**seen, "injected": rule is not None})
            return rule


def identify(method, path, headers, body):
    """Service and operation of an AWS request, from its signature and its protocol."""
    signed = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
    service = signed.group(1) if signed else "unsigned"
    if target := headers.get("X-Amz-Target"):
        return service, target.rpartition(".")[2]
    if rpc := re.match(r"/service/[^/]+/operation/(\w+)", path):
        return service, rpc.group(1)
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        form = urllib.parse.parse_qs(body.decode(errors="replace"))
        if "Action" in form:
            return service, form["Action"][0]
    return service, f"{method} {path.partition('?')[0]}"


def account_of(headers):
    """The account of a request, which is its access key."""
    signed = re.search(r"Credential=(\d{12})/", headers.get("Authorization", ""))
    return signed.group(1) if signed else ""


def error_response(service, headers, code, message):
    """Content type and body of an error, in the protocol of the request."""
    fields = {"__type": code, "message": message}
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "application/cbor", cbor2.dumps(fields)
    if headers.get("X-Amz-Target"):
        return headers["Content-Type"], json.dumps(fields).encode()
    xml = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return "application/xml", f"<Error>{xml}<RequestId>injected</RequestId></Error>".encode()
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        error = f"<Error><Type>Sender</Type>{xml}</Error><RequestId>injected</RequestId>"
        return "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
    return "application/json", json.dumps({"message": message}).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        """Quiet: the calls are kept in `FaultProxy.calls`."""

    def handle_any(self):
        body = self._read_body()
        if self.path == "/_tidegate/faults":
            self._answer_json(self._change_rules(body))
        elif self.path == "/_tidegate/calls":
            self._answer_json(self._take_calls())
        elif self.path.startswith("/_tidegate/"):
            self._forward(body)
        else:
            self._meet_fault_or_forward(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = handle_any

    def _meet_fault_or_forward(self, body):
        service, operation = identify(self.command, self.path, self.headers, body)
        call = Call(account_of(self.headers), service, operation, (body or b"").decode(errors="replace"))
        rule = self.server.due_rule(call)
        if rule is None:
            self._pass_on(call, body)
        elif rule.stale:
            self._answer(*(self._last_answer(call, body) or self._fetch(call, body)))
        elif rule.cut or rule.code:
            if rule.late:
                self._fetch(call, body)
            time.sleep(rule.delay_seconds)
            self._cut() if rule.cut else self._refuse(service, rule)
        elif rule.late:
            answer = self._fetch(call, body)
            time.sleep(rule.delay_seconds)
            self._answer(*answer)
        else:
            time.sleep(rule.delay_seconds)
            self._pass_on(call, body)

    def _pass_on(self, call, body):
        self._answer(*self._fetch(call, body))

    def _refuse(self, service, rule):
        content_type, content = error_response(service, self.headers, rule.code, rule.message)
        headers = {"Content-Type": content_type, "x-amzn-ErrorType": rule.code, "x-amzn-RequestId": "injected"}
        if "cbor" in content_type:
            headers["smithy-protocol"] = "rpc-v2-cbor"
        self._answer(rule.status, headers, content)

    def _last_answer(self, call, body):
        with self.server.lock:
            return self.server.answers.get((call, self.path, body))

    def _change_rules(self, body):
        with self.server.lock:
            if self.command == "PUT":
                self.server.rules = [Rule(**rule) for rule in json.loads(body)]
            elif self.command == "DELETE":
                self.server.rules = []
            return [asdict(rule) for rule in self.server.rules]

    def _take_calls(self):
        with self.server.lock:
            calls = list(self.server.calls)
            if self.command == "DELETE":
                self.server.calls.clear()
            return calls

    def _read_body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _cut(self):
        """Reset the connection: with zero linger, closing sends RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _forward(self, body):
        self._answer(*self._ask(body))

    def _fetch(self, call, body):
        """The server's answer, which is remembered if the call only reads."""
        answer = self._ask(body)
        if READS.match(call.operation):
            with self.server.lock:
                self.server.answers[(call, self.path, body)] = answer
        return answer

    def _ask(self, body):
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=900)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS}
        upstream.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
        response = upstream.getresponse()
        content = response.read()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in HOP_HEADERS}
        length = response.getheader("Content-Length") if self.command == "HEAD" else None
        upstream.close()
        return response.status, kept, content, length

    def _answer_json(self, content):
        self._answer(200, {"Content-Type": "application/json"}, json.dumps(content).encode())

    def _answer(self, status, headers, content, length=None):
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
