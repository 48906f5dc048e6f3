"""nginx accepts the files of deploy/nginx, and does what they say: run in front of a server that tells what it got."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.tools import DEPLOY, run, tool

FOLDER = DEPLOY / "nginx"
# Debian has nginx where only root looks.
NGINX_PLACES = ("nginx", "/usr/sbin/nginx")
SITE = """
server {
	listen 127.0.0.1:%d;
	server_name erp.example.com;
	error_page 502 /502.html;
	include /etc/nginx/otp/otp-site.conf;
	location / { return 200 "page"; }
}
"""


class Behind(BaseHTTPRequestHandler):
	"""Stands for the service and for the site: answers with what it was asked."""

	protocol_version = "HTTP/1.1"

	def do_GET(self) -> None:
		self._answer()

	def do_POST(self) -> None:
		self.rfile.read(int(self.headers["Content-Length"]))
		self._answer()

	def _answer(self) -> None:
		body = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
		self.send_response(503 if self.path == "/unwell" else 200)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def log_message(self, *_: Any) -> None:
		"""Nobody reads it."""


@dataclass
class Answer:
	status: int
	headers: dict[str, str]
	text: str

	@property
	def json(self) -> Any:
		return json.loads(self.text)


@dataclass
class Proxy:
	"""A running nginx: the ports of the service with TLS and without, and of the site."""

	tls: int
	plain: int
	site: int
	logs: Path

	def ask(
		self,
		path: str,
		body: bytes | None = None,
		*,
		port: int | None = None,
		source: str = "127.0.0.1",
		**headers: str,
	) -> Answer:
		"""Over TLS to the service, unless a port is given. Underscores in names of headers stand for hyphens."""
		context = ssl._create_unverified_context()
		origin = (source, 0)
		if port is None:
			connection: HTTPConnection = HTTPSConnection(
				"127.0.0.1", self.tls, context=context, source_address=origin, timeout=10
			)
		else:
			connection = HTTPConnection("127.0.0.1", port, source_address=origin, timeout=10)
		named = {name.replace("_", "-"): value for name, value in headers.items()}
		try:
			connection.request("GET" if body is None else "POST", path, body, named)
			got = connection.getresponse()
			return Answer(got.status, dict(got.getheaders()), got.read().decode())
		finally:
			connection.close()


def free_port() -> int:
	with socket.socket() as taken:
		taken.bind(("127.0.0.1", 0))
		port: int = taken.getsockname()[1]
		return port


def laid_out(folder: Path, service: int, site: int) -> Proxy:
	"""The files as in /etc/nginx, in `folder`, with ports and a certificate of its own."""
	proxy = Proxy(free_port(), free_port(), free_port(), folder)
	for file in FOLDER.glob("*.conf"):
		text = re.sub(r"\tlisten \[::\].*\n", "", file.read_text())
		for told, here in (
			("127.0.0.1:8001", f"127.0.0.1:{service}"),
			("127.0.0.1:8000", f"127.0.0.1:{site}"),
			("listen 80;", f"listen 127.0.0.1:{proxy.plain};"),
			("listen 443 ", f"listen 127.0.0.1:{proxy.tls} "),
			("/etc/nginx/otp/", f"{folder}/"),
			("/etc/nginx/tls/", f"{folder}/"),
			("/var/log/nginx/", f"{folder}/"),
		):
			text = text.replace(told, here)
		(folder / file.name).write_text(text)
	(folder / "site.conf").write_text(SITE.replace("/etc/nginx/otp/", f"{folder}/") % proxy.site)
	includes = "".join(f"include {folder}/{name}.conf;\n" for name in ("otp-http", "otp-service", "site"))
	temporary = "".join(
		f"{kind}_temp_path {folder}/{kind};\n"
		for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
	)
	(folder / "nginx.conf").write_text(
		f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\ndaemon off;\nevents {{}}\n"
		f"http {{\naccess_log {folder}/access.log;\n{temporary}{includes}}}\n"
	)
	certificate = ["-out", folder / "otp.crt", "-keyout", folder / "otp.key", "-subj", "/CN=otp.example.com"]
	run([tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *certificate])
	return proxy


def nginx() -> str:
	return next((found for place in NGINX_PLACES if (found := shutil.which(place))), "") or tool("nginx")


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
	"""The port of a server that stands for the service and for the site."""
	server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	yield server.server_port
	server.shutdown()
	server.server_close()


@pytest.fixture
def proxy(tmp_path: Path, behind: int) -> Iterator[Proxy]:
	yield from running(tmp_path, behind, behind)


def running(folder: Path, service: int, site: int) -> Iterator[Proxy]:
	program = nginx()
	proxy = laid_out(folder, service, site)
	run([program, "-t", "-p", folder, "-c", folder / "nginx.conf"])
	process = subprocess.Popen([program, "-p", folder, "-c", folder / "nginx.conf"])
	try:
		wait_for(proxy.tls)
		yield proxy
	finally:
		process.terminate()
		process.wait(10)


def wait_for(port: int) -> None:
	"""Until somebody listens; ten seconds at most."""
	end = time.monotonic() + 10
	while True:
		with socket.socket() as probe:
			if probe.connect_ex(("127.0.0.1", port)) == 0:
				return
		assert time.monotonic() < end, f"nobody listens on port {port}"
		time.sleep(0.05)


def test_plain_http_is_sent_to_https_and_a_post_stays_one(proxy: Proxy):
	answer = proxy.ask("/otp/promise", b"{}", port=proxy.plain, Host="otp.example.com")
	assert (answer.status, answer.headers["Location"]) == (308, "https://otp.example.com/otp/promise")


def test_requests_are_passed_on_with_their_id_and_the_address_of_the_caller_alone(proxy: Proxy):
	answer = proxy.ask("/otp/promise", b"{}", X_Request_Id="order-7", X_Forwarded_For="203.0.113.9")
	got = answer.json["headers"]
	assert (answer.status, answer.json["path"]) == (200, "/otp/promise")
	assert (got["X-Request-Id"], got["X-Forwarded-For"], got["X-Forwarded-Proto"]) == (
		"order-7",
		"127.0.0.1",
		"https",
	)
	assert answer.headers["Strict-Transport-Security"]


def test_a_request_without_an_id_gets_none_from_nginx(proxy: Proxy):
	"""A site would take it for one that may be repeated."""
	assert "X-Request-Id" not in proxy.ask("/otp/promise", b"{}").json["headers"]


def test_metrics_are_for_addresses_that_are_named(proxy: Proxy):
	for port, host in ((None, "otp.example.com"), (proxy.site, "erp.example.com")):
		assert proxy.ask("/metrics", port=port, Host=host).status == 200
		assert proxy.ask("/metrics", port=port, Host=host, source="127.0.0.2").status == 403
	assert proxy.ask("/health", source="127.0.0.2").status == 200


def test_a_body_over_the_limit_is_refused_in_the_form_of_every_error(proxy: Proxy):
	for port in (None, proxy.site):
		answer = proxy.ask("/otp/promise", b"x" * 1_048_577, port=port, X_Request_Id='a"b', Expect="")
		assert answer.status == 413
		assert answer.json["error"]["code"] == "TOO_LARGE"
		assert answer.json["request_id"] == answer.headers["X-Request-Id"] != 'a"b'


def test_a_flood_is_told_to_wait(proxy: Proxy):
	with ThreadPoolExecutor(8) as callers:
		answers = list(callers.map(lambda _: proxy.ask("/otp/promise", b"{}", port=proxy.site), range(400)))
	refused = [answer for answer in answers if answer.status != 200]
	assert {answer.status for answer in refused} == {429}
	assert len(answers) - len(refused) >= 100, "a burst of 100 is let through"
	assert refused[0].json["error"]["code"] == "TOO_MANY_REQUESTS"
	assert refused[0].headers["Retry-After"] == "1"


def test_what_the_service_says_itself_is_left_alone(proxy: Proxy):
	answer = proxy.ask("/unwell")
	assert (answer.status, answer.json["path"]) == (503, "/unwell")


def test_the_site_gets_its_name_and_other_paths_are_left_to_it(proxy: Proxy):
	answer = proxy.ask("/otp/sales-orders", port=proxy.site, Host="erp.example.com")
	assert answer.json["headers"]["X-Frappe-Site-Name"] == "erp.example.com"
	assert proxy.ask("/app", port=proxy.site, Host="erp.example.com").text == "page"


def test_nobody_behind_the_proxy_is_told_as_an_error_like_every_other(tmp_path: Path):
	for proxy in running(tmp_path, free_port(), free_port()):
		answer = proxy.ask("/otp/promise", b"{}", X_Request_Id="order-8")
		assert (answer.status, answer.json["error"]["code"]) == (502, "UNREACHABLE")
		assert answer.json["request_id"] == "order-8"


def test_lines_of_the_log_are_json_with_the_id_of_the_request(proxy: Proxy):
	proxy.ask("/otp/items/stock", X_Request_Id="order-9")
	end = time.monotonic() + 5
	log = proxy.logs / "otp-access.log"
	while not (text := log.read_text()) and time.monotonic() < end:
		time.sleep(0.05)
	line = json.loads(text.splitlines()[-1])
	assert (line["path"], line["http_status"], line["request_id"]) == ("/otp/items/stock", 200, "order-9")
