"""Which packages are upgraded, and within what; what pip-audit could not look up is told."""

import json

from auditing import Audit, read
from environments import constraints, held_back


def package(version: str, editable: bool = False, **wanted_by: str) -> dict:
	return {"version": version, "wanted_by": wanted_by, "editable": editable}


PACKAGES = {
	"requests": package("2.31.0", otp_app="<2.33,>=2.31", locust=">=2.26"),
	"idna": package("3.6"),
	"redis": package("4.5.5", frappe="~=4.5"),
	"frappe": package("15.1.0"),
	"otp-app": package("0.1.0", editable=True),
}


def test_what_frappe_asks_for_and_checkouts_are_never_upgraded():
	assert held_back(PACKAGES) == {"redis", "frappe", "otp-app"}


def test_what_is_upgraded_stays_in_every_range_and_all_else_as_it_is():
	assert constraints(PACKAGES, ["requests", "idna"]).splitlines() == [
		"frappe==15.1.0",
		"redis==4.5.5",
		"requests<2.33,>=2.31,>=2.26",
	]


def test_a_package_that_was_not_looked_up_is_not_one_without_weaknesses():
	found = {
		"dependencies": [
			{"name": "Idna", "vulns": [{"id": "PYSEC-1"}]},
			{"name": "click", "vulns": []},
			{"name": "otp_app", "skip_reason": "not found"},
		]
	}
	assert read(json.dumps(found)) == Audit(known=2, unknown=1, weak={"idna": ["PYSEC-1"]})
	assert read("no network") == Audit()
