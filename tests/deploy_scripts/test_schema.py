"""What a version of the app has that another has not."""

import pytest

from otp_app import __version__
from otp_app.setup.schema import Schema, newer, read, released

THEN = Schema(
	version="0.9.0",
	doctypes={"Order Promise": ["status"]},
	choices={"Order Promise.status": ["Held", "Committed"]},
	documents={"Report": ["Promise Accuracy"]},
	custom_fields={"Sales Order": ["otp_promise"]},
	indexes={"Sales Order Item": ["otp_open_order_lines"]},
)


def test_a_version_has_nothing_that_it_has_not_itself():
	difference = newer(THEN, THEN)
	assert not any(getattr(difference, name) for name in difference.__dataclass_fields__)


def test_everything_that_came_later_is_told():
	now = Schema(
		version="1.0.0",
		doctypes={"Order Promise": ["status", "expected_date"], "Transit Lane": ["days"]},
		choices={"Order Promise.status": ["Held", "Committed", "At Risk"], "Transit Lane.kind": ["Road"]},
		documents={"Report": ["Promise Accuracy", "Promises at Risk"], "Workspace": ["Order Promising"]},
		custom_fields={"Sales Order": ["otp_promise"], "Customer": ["otp_accepts_alternatives"]},
		indexes={"Sales Order Item": ["otp_open_order_lines", "otp_newer"]},
	)
	found = newer(now, THEN)
	assert found.doctypes == ["Transit Lane"]
	assert found.fields == {"Order Promise": ["expected_date"]}
	assert found.choices == {"Order Promise.status": ["At Risk"]}
	assert found.documents == {"Report": ["Promises at Risk"], "Workspace": ["Order Promising"]}
	assert found.custom_fields == {"Customer": ["otp_accepts_alternatives"]}
	assert found.indexes == {"Sales Order Item": ["otp_newer"]}


def test_this_version_has_its_file():
	assert released(__version__).version == __version__


def test_a_version_that_is_not_known_is_refused_with_those_that_are():
	with pytest.raises(ValueError, match=r"no file of version 7\.7\.7\. Known versions: .*0\.1\.0"):
		released("7.7.7")


def test_a_schema_is_read_as_it_was_written(tmp_path):
	file = tmp_path / "then.json"
	file.write_text(THEN.as_json())
	assert read(file) == THEN
