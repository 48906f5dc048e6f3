"""Pages and pictures that are made from the code, the navigation of the site, and examples: Python, curl and commands."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib.util
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import click
import pytest

from otp_app.cli.main import main as otp
from otp_app.engine.request import parse
from otp_app.service.config import VARIABLES
from scripts import api_reference, concept_pictures, reading_code
from scripts.site_links import within
from tests.test_docs import CHECKOUT, PAGES

NAVIGATION = (CHECKOUT / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]


def blocks(language: str) -> Iterator[tuple[str, str]]:
	"""Page and text of every block in a language, without its indentation."""
	for path in PAGES:
		text = path.read_text(encoding="utf-8")
		for indent, block in re.findall(rf"^( *)```{language}\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL):
			yield path.name, re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)


def test_the_api_reference_is_what_the_code_says():
	written = api_reference.PAGE.read_text(encoding="utf-8")
	assert written == api_reference.reference(), "run python -m scripts.api_reference"


@pytest.mark.parametrize("name", concept_pictures.PICTURES)
def test_a_picture_is_what_the_engine_says(name: str):
	written = (concept_pictures.IMAGES / name).read_text(encoding="utf-8")
	assert written == concept_pictures.drawn()[name], "run python -m scripts.concept_pictures"


def test_every_page_is_in_the_navigation_of_the_site():
	listed = re.findall(r"(\S+\.md)$", NAVIGATION, re.MULTILINE)
	pages = {str(path.relative_to(CHECKOUT / "docs")) for path in (CHECKOUT / "docs").rglob("*.md")}
	assert pages - set(listed) == set()
	assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
	("folder", "text", "on_the_site"),
	[
		("", "See [its README](../tests/golden/README.md).", "See its README (`tests/golden/README.md`)."),
		("", "[`deploy/x.py`](../deploy/x.py#top)", "`deploy/x.py`"),
		("decisions", "[The API](../api.md#errors)", "[The API](../api.md#errors)"),
		("decisions", "[the engine](../../otp_app/engine)", "the engine (`otp_app/engine`)"),
		("", "![The form](images/form.png)", "![The form](images/form.png)"),
	],
)
def test_links_out_of_the_docs_become_paths_on_the_site(folder: str, text: str, on_the_site: str):
	assert within(text, folder) == on_the_site


def test_every_picture_says_in_words_what_it_shows():
	assert [path.name for path in PAGES if "![](" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("page", sorted({name for name, _ in blocks("pycon")}))
def test_what_the_pages_show_of_python_is_what_it_answers(page: str, monkeypatch):
	monkeypatch.chdir(CHECKOUT)
	text = "\n".join(block for name, block in blocks("pycon") if name == page)
	test = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
	told: list[str] = []
	result = doctest.DocTestRunner().run(test, out=told.append)
	assert result.attempted > 0
	assert result.failed == 0, "".join(told)


@pytest.mark.parametrize(
	("name", "block"), [b for b in blocks("python") if b[0] != "api-reference.md"], ids=lambda v: v[:40]
)
def test_python_that_is_only_shown_can_be_read_and_imports_what_there_is(name: str, block: str):
	imports = [node for node in ast.parse(block).body if isinstance(node, ast.Import | ast.ImportFrom)]
	ours = [
		node for node in imports if isinstance(node, ast.ImportFrom) and node.module.startswith("otp_app")
	]
	exec(compile(ast.Module(ours, []), name, "exec"), {})


def test_the_defaults_that_the_page_of_the_service_tells_are_those_of_the_code():
	page = (CHECKOUT / "docs" / "service.md").read_text(encoding="utf-8")
	told = dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]*?)`? ?\|", page, re.MULTILINE))
	assert told | {"OTP_SNAPSHOT": ""} == {variable.name: variable.default for variable in VARIABLES}


def requests() -> Iterator[tuple[str, str, str]]:
	"""Page, address and body of every request to a site that is shown."""
	for name, block in blocks("bash"):
		for command in block.replace("\\\n", " ").split("\ncurl "):
			if "//SITE/" in command:
				words = shlex.split(command.removeprefix("curl "))
				body = words[words.index("-d") + 1] if "-d" in words else ""
				yield name, next(word for word in words if "//SITE/" in word), body


@pytest.mark.parametrize(("name", "address", "body"), requests(), ids=lambda value: value[:40])
def test_requests_that_are_shown_go_to_calls_that_there_are_with_arguments_that_they_take(
	name: str, address: str, body: str
):
	parts = urlsplit(address)
	method = "POST" if body else "GET"
	calls = {call.name: call for call in reading_code.whitelisted()}
	paths = {path: name for name, several in reading_code.plain_paths().items() for path in several}
	call = calls[paths[f"{method} {parts.path}"]]
	fields = json.loads(body) if body else parse_qs(parts.query)
	assert set(fields) <= set(call.arguments.split(", "))
	if call.name == "otp_app.api.promise.calculate":
		assert parse(fields).items


def test_there_are_requests_and_python_to_look_at():
	assert {name for name, _, _ in requests()} >= {"README.md", "api.md", "getting-started.md"}
	assert {name for name, _ in blocks("pycon")} >= {"getting-started.md"}


def commands_of_otp() -> Iterator[tuple[str, str]]:
	"""Page and command line of every `otp ...`, in blocks and in sentences; `...` and capitals stand for something else."""
	for path in PAGES:
		text = path.read_text(encoding="utf-8")
		lines = re.findall(r"^ *(otp [a-z].*?)(?: {2,}#.*)?$", text, re.MULTILINE)
		for command in [*lines, *re.findall(r"`(otp [a-z][^`\n]*)`", text)]:
			if path.name != "api-reference.md" and "..." not in command:
				yield path.name, command


@pytest.mark.parametrize(("name", "command"), sorted(set(commands_of_otp())), ids=lambda value: value[:50])
def test_commands_that_the_pages_tell_to_type_have_the_options_that_there_are(name: str, command: str):
	_, verb, *arguments = shlex.split(command)
	# What is wrong with a value, such as a file that is not there, is no matter of the page.
	with contextlib.suppress(click.BadParameter, click.exceptions.Exit):
		otp.commands[verb].make_context(f"otp {verb}", arguments)


def test_modules_and_scripts_that_the_pages_name_are_there():
	told = "".join(path.read_text(encoding="utf-8") for path in PAGES)
	modules = set(re.findall(r"python3? -m ([a-z_.]+[a-z])", told)) - {"http.server"}
	scripts = set(re.findall(r"\b(?:deploy/)?scripts/[a-z_]+\.py\b", told))
	assert modules and scripts
	assert [name for name in modules if importlib.util.find_spec(name) is None] == []
	assert [name for name in scripts if not (CHECKOUT / name).exists()] == []


def test_commands_of_bench_that_the_pages_name_are_there():
	told = "".join(path.read_text(encoding="utf-8") for path in PAGES)
	ours = {command.name.split()[0] for command in reading_code.bench_commands()}
	named = set(re.findall(r"bench --site \S+ (otp-[a-z-]+)", told))
	assert named
	assert named <= ours
