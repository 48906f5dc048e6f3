"""What the pages say is what the code does: errors, settings, links, and what `otp` prints."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from otp_app.engine.messages import CAPABLE, SENTENCES
from scripts.reading_code import refusals
from tests.cli.conftest import Otp, bare_otp  # noqa: F401 - a fixture

CHECKOUT = Path(__file__).parent.parent
APP = CHECKOUT / "otp_app"
DOCTYPES = APP / "otp_app" / "doctype"
PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
# Names of a layout field have no meaning of their own.
LAYOUT = {"Column Break"}
# Nobody sees them.
NOBODYS = ("order_promise_lock", "order_promise_move", "order_promise_recheck")
# What the app writes; everything else is for people to set.
RECORDS = ("order_promise", "order_promise_line", "order_promise_peg")
# The code of a document that is not there is made from its doctype.
MADE_UP_CODES = {
	"UNKNOWN_SALES_ORDER",
	"UNKNOWN_QUOTATION",
	"UNKNOWN_ORDER_PROMISE",
	"UNKNOWN_MOLAM_PAYMENT",
	"UNKNOWN_PURCHASE_ORDER",
}
ANY_LINES = "..."


def error_codes() -> set[str]:
	"""Every code that the app refuses with."""
	return MADE_UP_CODES | {refusal.code for refusal in refusals()}


def page(name: str) -> str:
	return (CHECKOUT / "docs" / name).read_text(encoding="utf-8")


def test_every_error_code_is_on_the_page_of_the_api():
	codes = error_codes()
	assert len(codes) > 25
	assert [code for code in sorted(codes) if f"`{code}`" not in page("api.md")] == []


def test_the_page_of_the_api_names_no_error_that_is_gone():
	table = page("api.md").split("## Errors")[1].split("### Before")[0]
	told = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+|MALFORMED|FORBIDDEN)`", table))
	assert told - error_codes() - {"CANNOT_PROMISE_RELIABLY"} == set()


def test_every_reason_is_on_the_page_of_the_api():
	assert [code for code in {**SENTENCES, **CAPABLE} if f"`{code}`" not in page("api.md")] == []


def page_of(doctype: str) -> str:
	"""The page that describes a doctype's fields."""
	if doctype.startswith("molam_"):
		return "payments.md"
	if doctype == "supply_reliability":
		return "supply-history.md"
	if doctype.startswith("backorder_run"):
		return "order-book.md"
	if doctype.startswith("product_allocation") or doctype == "supply_protection":
		return "allocation.md"
	if doctype.startswith("sourcing_"):
		return "sourcing.md"
	if doctype == "order_promise_event":
		return "watching.md"
	return "promises.md" if doctype in RECORDS else "settings.md"


@pytest.mark.parametrize(
	"doctype", sorted(path.stem for path in DOCTYPES.glob("*/*.json") if path.stem not in NOBODYS)
)
def test_every_field_is_on_its_page(doctype: str):
	fields = json.loads((DOCTYPES / doctype / f"{doctype}.json").read_text(encoding="utf-8"))["fields"]
	labels = [
		f["label"] for f in fields if "label" in f and f["fieldtype"] not in LAYOUT and not f.get("hidden")
	]
	assert labels
	described = page(page_of(doctype))
	assert [label for label in labels if label not in described] == []


def links() -> Iterator[tuple[Path, str]]:
	for path in PAGES:
		for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
			if "://" not in target:
				yield path, target


def anchors(path: Path) -> set[str]:
	titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
	return {re.sub(r"[^\w\- ]", "", title).lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
	("path", "target"), links(), ids=lambda value: getattr(value, "name", None) or str(value)
)
def test_every_link_leads_somewhere(path: Path, target: str):
	name, _, anchor = target.partition("#")
	found = (path.parent / name).resolve() if name else path
	assert found.exists()
	assert not anchor or anchor in anchors(found)


def test_every_page_is_listed():
	for folder in (CHECKOUT / "docs", CHECKOUT / "docs" / "decisions"):
		index = (folder / "README.md").read_text(encoding="utf-8")
		assert [p.name for p in folder.glob("*.md") if p.name != "README.md" and p.name not in index] == []


def shown() -> Iterator[tuple[str, str, list[str]]]:
	"""Page, command and output of every ```console block."""
	for path in PAGES:
		for block in re.findall(r"^```console\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL):
			command, *output = block.splitlines()
			yield path.name, command.removeprefix("$ "), output


@pytest.mark.parametrize(("name", "command", "output"), shown(), ids=lambda value: str(value)[:60])
def test_what_the_pages_show_is_what_otp_prints(
	name: str,
	command: str,
	output: list[str],
	bare_otp: Otp,  # noqa: F811
	monkeypatch,
):
	monkeypatch.setattr("otp_app.cli.demo.program", lambda: "otp")
	monkeypatch.chdir(CHECKOUT)
	program, *arguments = shlex.split(command)
	assert program == "otp"
	printed = bare_otp(*arguments).out.rstrip("\n")
	wanted = "\n".join(output)
	parts = [re.escape(part.strip("\n")) for part in re.split(rf"(?m)^{re.escape(ANY_LINES)}$", wanted)]
	if not re.fullmatch(".*".join(parts), printed, re.DOTALL):
		assert wanted == printed, f"{name} shows what otp does not print"


def test_the_demo_is_shown():
	assert any(name == "README.md" and command == "otp demo" for name, command, _ in shown())
