"""What a version of the app brings to a site, and what one version has that another has not.

A released version has a file in otp_app/setup/releases: going back to it takes away what came after it (going_back.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RELEASES = Path(__file__).parent / "releases"
# What Frappe makes from a file of the app in its module, besides doctypes.
STANDARD = ("Report", "Workspace", "Number Card", "Dashboard Chart", "Print Format", "Notification")


@dataclass(frozen=True)
class Schema:
	"""What a version brings: doctype -> its fields; field (`DocType.fieldname`) -> its choices; kind -> standard documents;
	ERPNext's doctype -> the fields added to it, and the names of the indexes."""

	version: str
	doctypes: Mapping[str, Sequence[str]]
	choices: Mapping[str, Sequence[str]]
	documents: Mapping[str, Sequence[str]]
	custom_fields: Mapping[str, Sequence[str]]
	indexes: Mapping[str, Sequence[str]]

	def as_json(self) -> str:
		"""The text of its file."""
		return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True)
class Difference:
	"""What a newer version has that an older one has not; `choices` are those that it does not know, by field."""

	doctypes: Sequence[str] = ()
	fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
	choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
	documents: Mapping[str, Sequence[str]] = field(default_factory=dict)
	custom_fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
	indexes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def schema_of(
	module: Path,
	version: str,
	custom_fields: Mapping[str, Sequence[Mapping[str, Any]]],
	indexes: Sequence[tuple[str, str, Sequence[str]]],
) -> Schema:
	"""The schema of an app whose doctypes and standard documents are in the folder `module`."""
	documents = [
		found
		for path in sorted(module.glob("*/*/*.json"))
		if path.stem == path.parent.name and "doctype" in (found := json.loads(path.read_text()))
	]
	doctypes = {found["name"]: found["fields"] for found in documents if found["doctype"] == "DocType"}
	fields = [(doctype, each) for doctype, having in doctypes.items() for each in having]
	fields += [(doctype, each) for doctype, having in custom_fields.items() for each in having]
	return Schema(
		version,
		{doctype: sorted(each["fieldname"] for each in having) for doctype, having in doctypes.items()},
		{
			f"{doctype}.{each['fieldname']}": sorted(each["options"].split("\n"))
			for doctype, each in fields
			if each["fieldtype"] == "Select" and each.get("options")
		},
		{
			kind: sorted(found["name"] for found in documents if found["doctype"] == kind)
			for kind in STANDARD
			if any(found["doctype"] == kind for found in documents)
		},
		{doctype: sorted(each["fieldname"] for each in having) for doctype, having in custom_fields.items()},
		_grouped(indexes),
	)


def _grouped(indexes: Sequence[tuple[str, str, Sequence[str]]]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for doctype, name, _columns in indexes:
		found.setdefault(doctype, []).append(name)
	return found


def released(version: str) -> Schema:
	"""The schema of a released version. Raises ValueError that names those that are known."""
	known = {path.stem: path for path in RELEASES.glob("*.json")}
	if version not in known:
		names = ", ".join(sorted(known, key=_numbers))
		raise ValueError(f"There is no file of version {version}. Known versions: {names}.")
	return read(known[version])


def read(path: Path) -> Schema:
	"""A schema from its file."""
	return Schema(**json.loads(path.read_text()))


def _numbers(version: str) -> list[int]:
	return [int(part) for part in version.split(".") if part.isdigit()]


def newer(now: Schema, then: Schema) -> Difference:
	"""What `now` has that `then` has not."""
	return Difference(
		doctypes=sorted(now.doctypes.keys() - then.doctypes.keys()),
		fields=_beyond(
			{name: now.doctypes[name] for name in now.doctypes.keys() & then.doctypes.keys()}, then.doctypes
		),
		choices=_beyond(
			{name: now.choices[name] for name in now.choices.keys() & then.choices.keys()}, then.choices
		),
		documents=_beyond(now.documents, then.documents),
		custom_fields=_beyond(now.custom_fields, then.custom_fields),
		indexes=_beyond(now.indexes, then.indexes),
	)


def _beyond(now: Mapping[str, Sequence[str]], then: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
	"""The values of each key that the other has not."""
	found = {key: sorted(set(values) - set(then.get(key, ()))) for key, values in now.items()}
	return {key: values for key, values in sorted(found.items()) if values}
