"""The metas that every promise checks permissions by, kept in the process.

Frappe unpickles a meta anew in each request: three milliseconds for a Sales Order, as long as the whole of frappe.ping. What Redis holds
is still asked for each time: a meta is used again only while the bytes there are the same.
"""

from __future__ import annotations

from contextlib import suppress

import redis

import frappe
from frappe.model.meta import Meta

# Frappe's own name for the hash of metas (frappe/model/meta.py).
KEY = "doctype_meta"
# (site, doctype) -> what Redis held, and the Meta of it.
_in_this_process: dict[tuple[str, str], tuple[bytes, Meta]] = {}


def meta_of(doctype: str) -> Meta:
	"""As frappe.get_meta, which finds it at hand from now on in this request. It is shared between requests: only read it."""
	at_hand = frappe.local.cache.setdefault(frappe.cache.make_key(KEY), {})
	if doctype in at_hand:
		return at_hand[doctype]
	place = (frappe.local.site, doctype)
	told = _told_by_redis(doctype)
	held = _in_this_process.get(place)
	if told is not None and held is not None and held[0] == told:
		at_hand[doctype] = held[1]
		return held[1]
	meta = frappe.get_meta(doctype)
	if told is not None:
		_in_this_process[place] = (told, meta)
	return meta


def _told_by_redis(doctype: str) -> bytes | None:
	with suppress(redis.exceptions.ConnectionError):
		found: bytes | None = frappe.cache.execute_command("HGET", frappe.cache.make_key(KEY), doctype)
		return found
	return None
