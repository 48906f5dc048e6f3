"""Texts of the environment as values. Each reader raises ValueError with what the text must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Reader = Callable[[str], Any]
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
SHORTEST_KEY = 16


def word(text: str) -> str:
	"""Any text that can be shown."""
	if not text.isprintable():
		raise ValueError("write it on one line, without control characters")
	return text


def whole(least: int, most: int) -> Reader:
	"""Reads a whole number within limits."""

	def read(text: str) -> int:
		if not (text.isascii() and text.isdigit()) or not least <= int(text[:12]) <= most:
			raise ValueError(f"give a whole number from {least} to {most}")
		return int(text)

	return read


def number(least: float, most: float) -> Reader:
	"""Reads a number within limits."""

	def read(text: str) -> float:
		try:
			value = float(text)
		except ValueError:
			value = -1.0
		if not least <= value <= most:
			raise ValueError(f"give a number from {least:g} to {most:g}")
		return value

	return read


def truth(text: str) -> bool:
	"""True or false."""
	if text.lower() not in TRUE + FALSE:
		raise ValueError("write true or false")
	return text.lower() in TRUE


def one_of(*words: str) -> Reader:
	"""Reads one of some words, in capitals or not."""

	def read(text: str) -> str:
		for known in words:
			if text.lower() == known.lower():
				return known
		raise ValueError(f"use one of {', '.join(words)}")

	return read


def moment(text: str) -> time:
	"""A time of the day."""
	try:
		value = time.fromisoformat(text)
	except ValueError:
		raise ValueError("write a time such as 14:00") from None
	if value.tzinfo is not None:
		raise ValueError("write HH:MM, and its zone in TIMEZONE")
	return value


def zone(text: str) -> str:
	"""The name of a time zone."""
	try:
		ZoneInfo(text)
	except (OSError, ValueError, KeyError):
		raise ValueError("use the name of a time zone, such as Europe/Paris") from None
	return text


def url(text: str) -> str:
	"""The address of a server, without a slash at its end."""
	try:
		parts = urlsplit(text)
		sound = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
		sound = sound and parts.username is None and (parts.port is None or parts.port > 0)
	except ValueError:
		sound = False
	if not sound:
		raise ValueError("give the address of the site, such as https://erp.example.com, without a password")
	return text.rstrip("/")


def file(text: str) -> Path:
	"""A file that is there."""
	path = Path(text)
	if not path.is_file():
		raise ValueError("there is no such file; export one with `bench --site SITE otp-snapshot FILE`")
	return path


def key(text: str) -> str:
	"""A secret that a header can carry."""
	if len(text) < SHORTEST_KEY or not all("!" <= letter <= "~" for letter in text):
		raise ValueError(
			f"a key has at least {SHORTEST_KEY} letters, digits and signs of ASCII; `openssl rand -hex 24` makes one"
		)
	return text


def keys(text: str) -> tuple[str, ...]:
	"""Secrets with commas between."""
	return tuple(key(part) for part in _parts(text))


def origins(text: str) -> tuple[str, ...]:
	"""Origins of web pages with commas between; a single * is any."""
	found = _parts(text)
	for origin in found:
		parts = urlsplit(origin)
		if origin != "*" and (
			parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}"
		):
			raise ValueError("an origin is a scheme and a host, such as https://shop.example.com; or *")
	return found


def _parts(text: str) -> tuple[str, ...]:
	return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def is_loopback(host: str) -> bool:
	"""Whether an address to listen on is this machine's own; a name other than localhost is not known to be."""
	try:
		return ip_address(host).is_loopback
	except ValueError:
		return host == "localhost"
