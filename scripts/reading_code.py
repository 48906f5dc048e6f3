"""What the source code says without being run: calls over HTTP, commands of bench, and the codes of refusals.

The modules that talk to Frappe can be imported on a site only, so they are read as text.
"""

from __future__ import annotations

import ast
import functools
import inspect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from otp_app.engine import problems

APP = Path(__file__).resolve().parent.parent / "otp_app"
# The calls that make a refusal, with its code first.
REFUSALS = {"Problem", "_Rendering", "_refuse", "_refused", "_refusal"}
EVERY_METHOD = ("GET", "POST")


@dataclass(frozen=True)
class Call:
	"""A whitelisted function: its full name, its arguments as they are written, what it says of itself."""

	name: str
	arguments: str
	methods: tuple[str, ...]
	text: str


@dataclass(frozen=True)
class Command:
	"""A command of bench; `options` are pairs of how an option is written and what it means."""

	name: str
	options: tuple[tuple[str, str], ...]
	text: str


@functools.cache
def syntax(path: Path) -> ast.Module:
	"""The syntax tree of a module."""
	return ast.parse(path.read_text(encoding="utf-8"))


def module_name(path: Path) -> str:
	"""`otp_app.api.promise` for its file."""
	return ".".join(path.relative_to(APP.parent).with_suffix("").parts)


def called(node: ast.expr) -> str:
	"""The last name of what is called: `whitelist` for `frappe.whitelist(...)`."""
	function = node.func if isinstance(node, ast.Call) else node
	return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def whitelisted() -> Iterator[Call]:
	"""Every function that is meant to be called over HTTP, by module and in the order of the module."""
	for path in sorted((APP / "api").glob("*.py")):
		if path.stem == "paths":
			continue  # what requests under /otp/ are led to
		for node in syntax(path).body:
			if isinstance(node, ast.FunctionDef):
				decorator = next((d for d in node.decorator_list if called(d) == "whitelist"), None)
				if decorator is not None:
					yield _call(path, node, decorator)


def _call(path: Path, node: ast.FunctionDef, decorator: ast.expr) -> Call:
	keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
	methods = next((ast.literal_eval(k.value) for k in keywords if k.arg == "methods"), EVERY_METHOD)
	arguments = ", ".join(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
	return Call(f"{module_name(path)}.{node.name}", arguments, tuple(methods), docstring(node))


def docstring(node: ast.FunctionDef) -> str:
	"""What a function says of itself, as one text without its indentation."""
	return inspect.cleandoc(ast.get_docstring(node) or "")


def plain_paths() -> dict[str, list[str]]:
	"""`POST /otp/promise` and so on, by the function that answers."""
	table = next(
		node.value
		for node in syntax(APP / "api/paths.py").body
		if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "PATHS"
	)
	assert isinstance(table, ast.Dict)
	found: dict[str, list[str]] = defaultdict(list)
	for key, value in zip(table.keys, table.values, strict=True):
		method, path = ast.literal_eval(key)
		function = ast.literal_eval(value.args[0])
		found[function].append(f"{method} /{path}{'NAME' if path.endswith('/') else ''}")
	return dict(found)


def bench_commands() -> Iterator[Command]:
	"""The commands that the app adds to `bench --site SITE`."""
	for node in (*syntax(APP / "commands.py").body, *syntax(APP / "setup/commands.py").body):
		if not isinstance(node, ast.FunctionDef):
			continue
		calls = [d for d in node.decorator_list if isinstance(d, ast.Call)]
		name = next((ast.literal_eval(d.args[0]) for d in calls if called(d) == "command"), None)
		if name:
			arguments = [ast.literal_eval(d.args[0]).upper() for d in calls if called(d) == "argument"]
			options = tuple(_option(d) for d in calls if called(d) == "option")
			yield Command(" ".join([name, *arguments]), options, docstring(node))


def _option(decorator: ast.Call) -> tuple[str, str]:
	values = {k.arg: k.value.value for k in decorator.keywords if isinstance(k.value, ast.Constant)}
	written = ", ".join(a.value for a in decorator.args if isinstance(a, ast.Constant) and "-" in a.value)
	return f"{written} {values.get('metavar', '')}".strip(), values.get("help", "")


@dataclass(frozen=True)
class Refusal:
	"""A code that something is refused with, the HTTP status that it has by itself, and the module that says so."""

	code: str
	status: int
	module: str


def refusals() -> Iterator[Refusal]:
	"""Every refusal whose code is written out where it is raised."""
	for path in sorted(APP.rglob("*.py")):
		tree = syntax(path)
		for node in ast.walk(tree):
			if isinstance(node, ast.Call) and called(node) in REFUSALS and node.args:
				code = node.args[0]
				if isinstance(code, ast.Constant) and isinstance(code.value, str) and code.value.isupper():
					yield Refusal(code.value, _status(node, tree), module_name(path))


def _status(node: ast.Call, tree: ast.Module) -> int:
	"""The status that is given, else the default of the function that is called, else that of a problem."""
	numbers = _numbers(tree)
	given = [*node.args[2:], *(k.value for k in node.keywords if k.arg == "status"), *_defaults(node, tree)]
	known = (numbers.get(getattr(value, "id", "")) for value in given)
	return next((number for number in known if number), problems.INVALID)


def _defaults(node: ast.Call, tree: ast.Module) -> Iterator[ast.expr]:
	"""The status that a function of the same module has, if none is given: its default, or that of its own problem."""
	for function in ast.walk(tree):
		if isinstance(function, ast.FunctionDef) and function.name == called(node):
			yield from function.args.defaults[-1:]
			for made in ast.walk(function):
				if isinstance(made, ast.Call) and called(made) == "Problem":
					yield from made.args[3:]


def _numbers(tree: ast.Module) -> dict[str, int]:
	"""The numbers that names of a module stand for: its own, those that it imports from the app, and the statuses of problems."""
	found = {name: number for name, number in vars(problems).items() if isinstance(number, int)}
	for node in tree.body:
		if isinstance(node, ast.ImportFrom):
			path = APP.parent / f"{(node.module or '').replace('.', '/')}.py"
			there = _constants(syntax(path)) if path.is_file() else {}
			found |= {name.name: there[name.name] for name in node.names if name.name in there}
	return found | _constants(tree)


def _constants(tree: ast.Module) -> dict[str, int]:
	"""`A, B = 1, 2` and `A = 1` of a module."""
	found: dict[str, int] = {}
	for node in tree.body:
		if isinstance(node, ast.Assign):
			target, value = node.targets[0], node.value
			names = target.elts if isinstance(target, ast.Tuple) else [target]
			values = value.elts if isinstance(value, ast.Tuple) else [value]
			for name, number in zip(names, values, strict=False):
				if isinstance(number, ast.Constant) and isinstance(number.value, int):
					found[getattr(name, "id", "")] = number.value
	return found


def frappe_statuses() -> dict[int, str]:
	"""The codes that stand for Frappe's own refusals under /otp/, by HTTP status."""
	table = next(
		node.value
		for node in syntax(APP / "api/paths.py").body
		if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "CODES"
	)
	return dict(ast.literal_eval(table))


def option_types() -> list[str]:
	"""The types of the options in an answer."""
	found = {
		node.args[0].value
		for node in ast.walk(syntax(APP / "engine/options.py"))
		if isinstance(node, ast.Call) and called(node) in {"option", "Option"} and node.args
		if isinstance(node.args[0], ast.Constant)
	}
	return sorted(found)
