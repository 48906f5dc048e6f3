"""TLS over the wire: who is believed, and the client's own certificate (mTLS)."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otp_app.molam_sdk import ConfigurationError, NetworkError

from .between import Canned, between
from .conftest import KINDS

OK = {"status": "ok"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
	"""A folder with server.pem and client.pem, each signed by itself, and their keys."""
	if not shutil.which("openssl"):
		pytest.skip("openssl is not installed")
	folder = tmp_path_factory.mktemp("certificates")
	for name in ("server", "client"):
		made = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={name}"
		files = ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem"]
		names = ["-addext", "subjectAltName=IP:127.0.0.1"]
		subprocess.run([*made.split(), *files, *names], check=True, capture_output=True)
	return folder


@pytest.fixture
def tls(certificates: Path) -> ssl.SSLContext:
	context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
	context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
	return context


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_is_believed_only_with_a_certificate_that_is_known(
	kind: str,
	tls: ssl.SSLContext,
	certificates: Path,
	open_client: Callable[..., Any],
	monkeypatch: pytest.MonkeyPatch,
):
	with between(tls=tls) as server:
		server.answers = [Canned(200, OK), Canned(200, OK)]
		with pytest.raises(NetworkError, match="CERTIFICATE_VERIFY_FAILED"):
			open_client(kind, server.url, max_retries=0).health()
		assert not server.seen
		monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "server.pem"))
		assert open_client(kind, server.url, max_retries=0).health() == OK


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_verification_can_be_turned_off(kind: str, tls: ssl.SSLContext, open_client: Callable[..., Any]):
	with between(tls=tls) as server:
		server.answers = [Canned(200, OK)]
		assert open_client(kind, server.url, max_retries=0, verify_ssl=False).health() == OK


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_asks_for_a_client_certificate_gets_it(
	kind: str,
	tls: ssl.SSLContext,
	certificates: Path,
	open_client: Callable[..., Any],
	monkeypatch: pytest.MonkeyPatch,
):
	tls.verify_mode = ssl.CERT_REQUIRED
	tls.load_verify_locations(certificates / "client.pem")
	monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates / "server.pem"))
	mine = {"mtls_cert": str(certificates / "client.pem"), "mtls_key": str(certificates / "client.key")}
	with between(tls=tls) as server:
		server.answers = [Canned(200, OK)]
		with pytest.raises(NetworkError):
			open_client(kind, server.url, max_retries=0).health()
		assert not server.seen
		assert open_client(kind, server.url, max_retries=0, **mine).health() == OK


def junk(certificates: Path, tmp_path: Path, name: str) -> tuple[Path, Path]:
	"""A certificate and a key that do not make a pair that can be used."""
	cert, key = certificates / "client.pem", certificates / "client.key"
	if name == "mismatched":
		return cert, certificates / "server.key"
	other = tmp_path / "other"
	if name == "junk":
		other.write_text("junk")
		return other, key
	encrypt = f"openssl ec -in {key} -aes128 -passout pass:hunter22 -out {other}"
	subprocess.run(encrypt.split(), check=True, capture_output=True)
	return cert, other


@pytest.mark.parametrize("name", ["junk", "mismatched", "encrypted"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_client_certificate_that_cannot_be_used_is_refused_at_once(
	kind: str, name: str, certificates: Path, tmp_path: Path, open_client: Callable[..., Any]
):
	cert, key = junk(certificates, tmp_path, name)
	with pytest.raises(ConfigurationError, match="not encrypted"):
		open_client(kind, "https://127.0.0.1", mtls_cert=str(cert), mtls_key=str(key))


@pytest.mark.parametrize("kind", KINDS)
def test_certificate_files_that_are_gone_are_a_configuration_error(
	kind: str,
	tls: ssl.SSLContext,
	certificates: Path,
	tmp_path: Path,
	open_client: Callable[..., Any],
	monkeypatch: pytest.MonkeyPatch,
):
	mine = [Path(shutil.copy(certificates / f"client.{end}", tmp_path)) for end in ("pem", "key")]
	with between(tls=tls) as server:
		client = open_client(kind, server.url, mtls_cert=str(mine[0]), mtls_key=str(mine[1]))
		mine[0].unlink()
		with pytest.raises(ConfigurationError):
			client.health()
		for wrong in (tmp_path / "none.pem", mine[1]):
			monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(wrong))
			with pytest.raises(ConfigurationError, match="cannot be used"):
				open_client(kind, server.url).health()
		assert not server.seen
