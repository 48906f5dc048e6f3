"""What the app asks for lives with what Frappe asks for, also when an installer takes the newest that is allowed."""

from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement
from packaging.version import Version


def wanted_by(package: str) -> dict[str, Requirement]:
	"""What a package needs without extras, on this Python, by name."""
	found = (Requirement(text) for text in requires(package) or ())
	return {r.name.lower(): r for r in found if r.marker is None or r.marker.evaluate({"extra": ""})}


def first_beyond(requirement: Requirement) -> list[Version]:
	"""The first version above each upper bound: `~=8.2.0` ends at 8.3, `<5` at 5."""
	answer = []
	for bound in requirement.specifier:
		if bound.operator == "~=":
			*kept, _ = Version(bound.version).release
			answer.append(Version(".".join(map(str, [*kept[:-1], kept[-1] + 1]))))
		elif bound.operator == "<":
			answer.append(Version(bound.version))
	return answer


OURS, FRAPPES = wanted_by("otp_app"), wanted_by("frappe")


@pytest.mark.parametrize("name", sorted(OURS.keys() & FRAPPES.keys()))
def test_no_version_beyond_frappe_s_pin_is_allowed(name: str):
	beyond = [version for version in first_beyond(FRAPPES[name]) if OURS[name].specifier.contains(version)]
	assert beyond == [], f"{OURS[name]} allows what {FRAPPES[name]} forbids"


def test_click_and_pydantic_are_shared_with_frappe():
	assert {"click", "pydantic"} <= OURS.keys() & FRAPPES.keys()
