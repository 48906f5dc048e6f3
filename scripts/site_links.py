"""A hook of mkdocs: what pages link to outside of docs/ is no page of the site, and is told there by its path."""

from __future__ import annotations

import posixpath
import re
from typing import Any

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((\.\.?/[^)\s#]+)(?:#[^)\s]*)?\)")


def within(markdown: str, folder: str) -> str:
	"""The text of a page in `folder` of docs/, without links that lead out of docs/."""

	def told(link: re.Match[str]) -> str:
		words, target = link.groups()
		place = posixpath.normpath(posixpath.join("docs", folder, target))
		if place.startswith("docs/"):
			return link.group()
		return words if words.strip("`") in place else f"{words} (`{place}`)"

	return LINK.sub(told, markdown)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
	"""What mkdocs calls for each page."""
	return within(markdown, posixpath.dirname(page.file.src_uri))
