#!/usr/bin/env python3
"""Send the service requests that nobody would send: mutated bodies, paths, headers and methods; count the answers.

	python scripts/fuzz_service.py [--requests 1000000] [--first 0] [--socket 10000] [--seed 1] [--json FILE]

Most go to the ASGI application in this process, `--socket` of them over a socket to `otp serve`. The same seed sends the same
requests: --first goes on where another run ended (or lets several processes share the work), --only N sends the request of that number again, and shows it. An answer of 500 and above, an exception, an error that is no
JSON, or a server that is gone ends the command with exit code 1; 503 (busy, too slow) is counted apart. Needs otp_app[service].
"""

import argparse
import asyncio
import json
import logging
import socket
import sys
import time
from pathlib import Path

from scratch import CHECKOUT

sys.path.insert(0, str(CHECKOUT))

from benchmarks.fuzzing import requests as fuzzing
from benchmarks.fuzzing.asgi import Answer, Broken, ask
from benchmarks.fuzzing.findings import Findings

DEMO = CHECKOUT / "otp_app/demo/demo.sqlite"
PROGRESS_SECONDS = 30


def main() -> int:
	options = parse_arguments()
	logging.disable(logging.CRITICAL)
	if options.only is not None:
		return show(options)
	findings = Findings()
	began = time.monotonic()
	asyncio.run(in_process(options, findings))
	if options.socket:
		over_socket(options, findings)
	findings.show(time.monotonic() - began)
	if options.json:
		options.json.write_text(json.dumps(findings.as_dict() | {"seed": options.seed}, indent=1) + "\n")
	return 1 if findings.failures else 0


def parse_arguments() -> argparse.Namespace:
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("--requests", type=int, default=1_000_000, help="to the application in this process")
	parser.add_argument("--first", type=int, default=0, help="the number of the first one")
	parser.add_argument("--socket", type=int, default=10_000, help="over a socket")
	parser.add_argument("--seed", type=int, default=1)
	parser.add_argument(
		"--only", type=int, metavar="N", help="send only the request of this number, and show it"
	)
	parser.add_argument("--json", type=Path, metavar="FILE", help="also write the counts to FILE")
	return parser.parse_args()


def application():
	"""The service over the demo, with a limit of the body that mutations can reach."""
	from otp_app.service.application import Application
	from otp_app.service.backends import backend_of
	from otp_app.service.config import from_environment

	configuration = from_environment({"OTP_SNAPSHOT": str(DEMO), "OTP_MAX_BODY_BYTES": "65536"})
	return Application(configuration, backend_of(configuration))


async def in_process(options: argparse.Namespace, findings: Findings) -> None:
	app, told = application(), time.monotonic()
	for number in range(options.first, options.first + options.requests):
		request = fuzzing.made(options.seed, number)
		try:
			findings.note(number, request, await ask(app, request))
		except Broken as broken:
			findings.fail(number, request, str(broken))
		if time.monotonic() - told > PROGRESS_SECONDS:
			told = time.monotonic()
			print(f"  up to request {number:,}: {len(findings.failures)} failures", flush=True)


def over_socket(options: argparse.Namespace, findings: Findings) -> None:
	"""The next numbers, each over a connection of its own; bytes that are no HTTP may be answered by closing it."""
	from benchmarks.serving import service

	with service(DEMO, workers=1) as server:
		first = options.first + options.requests
		for number in range(first, first + options.socket):
			request = fuzzing.made(options.seed, number)
			try:
				findings.note_socket(number, request, exchanged(server.port, request.as_bytes()))
			except ConnectionRefusedError:
				findings.fail(number, request, "the server is gone")
				return


def exchanged(port: int, data: bytes) -> bytes:
	"""What comes back until the server closes, or has said nothing for a while."""
	with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
		try:
			connection.sendall(data)
			connection.shutdown(socket.SHUT_WR)
			parts = []
			while part := connection.recv(65536):
				parts.append(part)
		except (ConnectionResetError, BrokenPipeError):
			return b""
	return b"".join(parts)


def show(options: argparse.Namespace) -> int:
	"""One request and its answer in full."""
	request = fuzzing.made(options.seed, options.only)
	print(request)
	answer: Answer = asyncio.run(ask(application(), request))
	print(answer.status, answer.body[:2000].decode("utf-8", "replace"))
	return 1 if answer.status >= 500 else 0


if __name__ == "__main__":
	sys.exit(main())
