"""The OpenAPI document as a page: no script, nothing from another site."""

from __future__ import annotations

import json
from html import escape
from typing import Any

# Styles of the page itself are all that it may load.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
STYLE = (
	"body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
	"pre{background:#f4f4f4;padding:.8rem;overflow:auto}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}"
	"h2{margin-top:3rem;border-top:1px solid #ddd;padding-top:1rem}code{font-size:.95em}"
)


def page(document: dict[str, Any]) -> str:
	"""The whole page."""
	info = document["info"]
	calls = "".join(
		_call(path, method, call)
		for path, methods in document["paths"].items()
		for method, call in methods.items()
	)
	return (
		f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
		f"<style>{STYLE}</style></head><body><h1>{escape(info['title'])} {escape(info['version'])}</h1>"
		f"<p>{escape(info['description'])}</p>"
		"<p>Keys go into <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>. "
		'All of it for programs: <a href="/openapi.json">/openapi.json</a>.</p>'
		f"{calls}</body></html>"
	)


def _call(path: str, method: str, call: dict[str, Any]) -> str:
	parameters = [(p["name"], p.get("description", "")) for p in call.get("parameters", ())]
	statuses = [(status, told["description"]) for status, told in call["responses"].items()]
	return (
		f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(call['summary'])}</p>"
		f"{_body(call)}{_table('Parameters', parameters)}{_table('Answers', statuses)}"
	)


def _body(call: dict[str, Any]) -> str:
	content = call.get("requestBody", {}).get("content", {}).get("application/json")
	if content is None:
		return ""
	return f"<h3>Body</h3><pre>{escape(json.dumps(content['example'], indent=2, ensure_ascii=False))}</pre>"


def _table(title: str, rows: list[tuple[str, str]]) -> str:
	if not rows:
		return ""
	told = "".join(
		f"<tr><th><code>{escape(name)}</code></th><td>{escape(text)}</td></tr>" for name, text in rows
	)
	return f"<h3>{title}</h3><table>{told}</table>"
