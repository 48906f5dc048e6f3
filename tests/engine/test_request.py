"""What a caller may ask, and how bad input is told: every problem at once, each with its field."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from otp_app.engine.policy import DesiredDateMode, Shipment
from otp_app.engine.problems import Problem, RequestRefused
from otp_app.engine.request import MAX_LINES, MAX_QTY, PromiseRequest, Rules, parse
from tests.engine.asking import payload, told

NAN, INF = float("nan"), float("inf")
EVERY_DAY = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def refused(request: Any) -> RequestRefused:
	with pytest.raises(RequestRefused) as caught:
		parse(request)
	return caught.value


def one_problem(request: Any) -> Problem:
	(problem,) = refused(request).problems
	return problem


def line(**changes: Any) -> dict[str, Any]:
	return payload({"item_code": "BIKE", "qty": 1} | changes)


def rule(**rules: Any) -> dict[str, Any]:
	return payload(("BIKE", 1), rules=rules)


class TestWhatIsAccepted:
	def test_the_smallest_request_is_one_item_and_a_quantity(self):
		request = parse({"items": [{"item_code": "BIKE", "qty": 2}]})
		assert (request.items[0].item_code, request.items[0].qty) == ("BIKE", 2)
		assert (request.customer, request.desired_date, request.rules.shipment) == (None, None, None)

	def test_every_field_is_read(self):
		request = parse(
			{
				"customer": " Velo Nord ",
				"company": "Rad & Sohn GmbH",
				"desired_date": "2026-03-20",
				"items": [
					{
						"item_code": "BIKE",
						"qty": "2.5",
						"uom": "Box",
						"warehouse": "Stores - RS",
						"desired_date": "2026-03-18",
						"delivered_by_supplier": True,
					},
					{"item_code": "LOCK", "qty": 1},
				],
				"rules": {
					"no_weekends": False,
					"weekend_days": ["Friday", "Saturday"],
					"cutoff_time": "13:30",
					"timezone": "Asia/Dubai",
					"lead_time_buffer_days": 2,
					"processing_lead_time_days": 0,
					"desired_date_mode": "STRICT_FAIL",
					"shipment": "partial",
					"minimum_split": 3,
					"service_level": 0.95,
				},
			}
		)
		bike, lock = request.items
		assert (request.customer, bike.qty, bike.uom, bike.delivered_by_supplier) == (
			"Velo Nord",
			2.5,
			"Box",
			True,
		)
		assert request.desired_for(bike) == date(2026, 3, 18)
		assert request.desired_for(lock) == date(2026, 3, 20)
		rules = request.rules
		assert (rules.cutoff_time, rules.timezone) == (time(13, 30), "Asia/Dubai")
		assert (rules.desired_date_mode, rules.shipment) == (DesiredDateMode.STRICT_FAIL, Shipment.PARTIAL)
		assert (rules.lead_time_buffer_days, rules.processing_lead_time_days) == (2, 0)

	def test_a_field_without_a_value_is_as_good_as_left_out(self):
		request = parse(payload(("BIKE", 1), customer=None, desired_date=None, rules=None))
		assert request == PromiseRequest.model_validate(payload(("BIKE", 1)))

	def test_a_rule_without_a_value_keeps_the_setting(self):
		rules = dict.fromkeys(Rules.model_fields)
		assert parse(payload(("BIKE", 1), rules=rules)).rules == Rules()

	def test_as_many_lines_and_as_large_a_quantity_as_allowed(self):
		request = parse(payload(*[("BIKE", MAX_QTY)] * MAX_LINES))
		assert len(request.items) == MAX_LINES

	@pytest.mark.parametrize("written", ["2026-03-31", "2026-03-31T00:00:00", date(2026, 3, 31)])
	def test_a_date_may_be_written_as_iso(self, written: object):
		assert parse(payload(("BIKE", 1), desired_date=written)).desired_date == date(2026, 3, 31)

	def test_a_request_cannot_be_changed(self):
		request = parse(line())
		with pytest.raises(ValueError, match="frozen"):
			request.customer = "Another"


class TestQuantities:
	@pytest.mark.parametrize(
		("qty", "code", "message"),
		[
			(0, "OUT_OF_RANGE", "items[0].qty must be more than 0, not 0."),
			(-1, "OUT_OF_RANGE", "items[0].qty must be more than 0, not -1."),
			(1e308, "OUT_OF_RANGE", "items[0].qty must be at most 1000000000, not 1e+308."),
			(NAN, "NOT_A_NUMBER", "items[0].qty must be a finite number, not nan."),
			("NaN", "NOT_A_NUMBER", "items[0].qty must be a finite number, not 'NaN'."),
			(INF, "NOT_A_NUMBER", "items[0].qty must be a finite number, not inf."),
			(-INF, "NOT_A_NUMBER", "items[0].qty must be a finite number, not -inf."),
			(True, "NOT_A_NUMBER", "items[0].qty must be a number, not True."),
			(False, "NOT_A_NUMBER", "items[0].qty must be a number, not False."),
			("ten", "NOT_A_NUMBER", "items[0].qty must be a number, not 'ten'."),
			("", "NOT_A_NUMBER", "items[0].qty must be a number, not ''."),
			(None, "NOT_A_NUMBER", "items[0].qty must be a number, not None."),
			([1], "NOT_A_NUMBER", "items[0].qty must be a number, not [1]."),
			(10**400, "NOT_A_NUMBER", "items[0].qty must be a number, not 1" + "0" * 36 + "...."),
		],
		ids=repr,
	)
	def test_what_is_no_sensible_quantity_is_refused(self, qty: object, code: str, message: str):
		assert one_problem(line(qty=qty)) == Problem(code, message, "items[0].qty")


class TestShapes:
	@pytest.mark.parametrize("request_", [[], "BIKE", 5, None, [("items", [])]], ids=repr)
	def test_a_request_that_is_no_object_is_malformed(self, request_: object):
		assert one_problem(request_) == Problem("MALFORMED", "request must be an object.", None, 400)

	@pytest.mark.parametrize("items", ["BIKE", {"item_code": "BIKE", "qty": 1}, 5], ids=repr)
	def test_items_that_are_no_list_are_malformed(self, items: object):
		assert one_problem({"items": items}) == Problem("MALFORMED", "items must be a list.", "items", 400)

	@pytest.mark.parametrize("item", ["BIKE", None, 5, ["BIKE", 1]], ids=repr)
	def test_a_line_that_is_no_object_is_malformed(self, item: object):
		problem = one_problem({"items": [item]})
		assert problem == Problem("MALFORMED", "items[0] must be an object.", "items[0]", 400)

	def test_rules_that_are_no_object_are_malformed(self):
		problem = one_problem(payload(("BIKE", 1), rules=["no_weekends"]))
		assert problem == Problem("MALFORMED", "rules must be an object.", "rules", 400)

	@pytest.mark.parametrize("request_", [{}, {"items": None}], ids=repr)
	def test_items_left_out_are_missing(self, request_: object):
		assert told(refused(request_).problems) == [
			("MISSING_FIELD", "items is missing: give a value.", "items")
		]

	def test_no_lines_at_all_are_told(self):
		assert one_problem({"items": []}) == Problem(
			"NO_ITEMS", "items is empty: give at least one line.", "items"
		)

	def test_too_many_lines_are_told_at_once_and_not_one_by_one(self):
		problem = one_problem({"items": [{"qty": "nonsense"}] * 10_000})
		assert problem == Problem(
			"TOO_MANY_LINES",
			"items has 10000 lines; one request takes at most 1000: split the order.",
			"items",
		)

	def test_a_line_needs_an_item_and_a_quantity(self):
		assert told(refused({"items": [{}]}).problems) == [
			("MISSING_FIELD", "items[0].item_code is missing: give a value.", "items[0].item_code"),
			("MISSING_FIELD", "items[0].qty is missing: give a value.", "items[0].qty"),
		]

	@pytest.mark.parametrize(
		("request_", "field"),
		[
			(payload(("BIKE", 1), custmer="Velo Nord"), "custmer"),
			(line(Qty=2), "items[0].Qty"),
			(rule(weekends=True), "rules.weekends"),
		],
		ids=["request", "line", "rules"],
	)
	def test_a_misspelt_field_is_told_wherever_it_is(self, request_: object, field: str):
		message = f"{field} is not a field of a promise request: check its spelling."
		assert one_problem(request_) == Problem("UNKNOWN_FIELD", message, field)


class TestTexts:
	@pytest.mark.parametrize("field", ["item_code", "warehouse", "uom"])
	def test_an_empty_text_is_no_value(self, field: str):
		problem = one_problem(line(**{field: "  "}))
		assert problem == Problem(
			"MISSING_FIELD", f"items[0].{field} is empty: give a value.", f"items[0].{field}"
		)

	def test_a_number_is_no_item(self):
		message = "items[0].item_code must be a text, not 5."
		assert one_problem(line(item_code=5)) == Problem("INVALID_VALUE", message, "items[0].item_code")

	def test_a_text_longer_than_any_name_is_refused(self):
		message = "items[0].item_code: String should have at most 140 characters."
		assert one_problem(line(item_code="x" * 141)).message == message


class TestDates:
	@pytest.mark.parametrize(
		"written",
		[
			"31.3.2026",
			"2026-02-30",
			"2026-03-31T10:00:00",
			"",
			"20260331",
			"86400",
			86400,
			20260331,
			True,
			[],
			NAN,
		],
		ids=repr,
	)
	def test_what_is_no_iso_date_is_refused_and_a_number_is_none(self, written: object):
		problem = one_problem(payload(("BIKE", 1), desired_date=written))
		message = f"desired_date must be a date such as 2026-03-31, not {written!r}."
		assert problem == Problem("INVALID_DATE", message, "desired_date")

	def test_a_lines_own_date_is_checked_too(self):
		assert one_problem(line(desired_date="soon")).field == "items[0].desired_date"


class TestRules:
	@pytest.mark.parametrize("written", ["14", "25:00", "noon", True, []], ids=repr)
	def test_a_cutoff_that_is_no_time_is_refused(self, written: object):
		message = f"rules.cutoff_time must be a time such as 14:00, not {written!r}."
		assert one_problem(rule(cutoff_time=written)) == Problem("INVALID_TIME", message, "rules.cutoff_time")

	@pytest.mark.parametrize("written", ["14:00Z", "14:00+02:00", 14], ids=repr)
	def test_a_cutoff_has_its_zone_beside_it(self, written: object):
		message = "rules.cutoff_time: write the cutoff as HH:MM, and its zone in rules.timezone."
		assert one_problem(rule(cutoff_time=written)).message == message

	@pytest.mark.parametrize(
		"name", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", "a\0b"], ids=repr
	)
	def test_an_unknown_time_zone_is_refused(self, name: str):
		problem = one_problem(rule(timezone=name))
		message = f"rules.timezone: {name} is no time zone; use a name such as Europe/Paris."
		assert problem == Problem("INVALID_VALUE", message, "rules.timezone")

	def test_a_time_zone_of_any_length_is_not_repeated_back(self):
		assert len(one_problem(rule(timezone="x" * 100_000)).message) < 200

	@pytest.mark.parametrize(
		("days", "message"),
		[
			(["Mon"], "rules.weekend_days: Mon is no weekday; use Monday to Sunday."),
			(EVERY_DAY, "rules.weekend_days: leave at least one working day in the week."),
			("Sunday", "rules.weekend_days must be a list."),
			([6], "rules.weekend_days[0] must be a text, not 6."),
		],
		ids=repr,
	)
	def test_a_weekend_is_a_list_of_weekdays_that_leaves_one_to_work(self, days: object, message: str):
		assert one_problem(rule(weekend_days=days)).message == message

	def test_a_weekday_named_twice_is_one_day(self):
		days = [*EVERY_DAY[:6], "Monday"]
		assert parse(rule(weekend_days=days)).rules.weekend_days == tuple(days)

	@pytest.mark.parametrize("field", ["lead_time_buffer_days", "processing_lead_time_days"])
	@pytest.mark.parametrize(
		("value", "code", "said"),
		[
			(-1, "OUT_OF_RANGE", "must be at least 0, not -1."),
			(366, "OUT_OF_RANGE", "must be at most 365, not 366."),
			(1.5, "NOT_A_NUMBER", "must be a whole number, not 1.5."),
			("x", "NOT_A_NUMBER", "must be a whole number, not 'x'."),
			([], "NOT_A_NUMBER", "must be a whole number, not []."),
			(True, "NOT_A_NUMBER", "must be a number, not True."),
			(INF, "NOT_A_NUMBER", "must be a finite number, not inf."),
		],
		ids=repr,
	)
	def test_days_are_whole_numbers_up_to_a_year(self, field: str, value: object, code: str, said: str):
		assert one_problem(rule(**{field: value})) == Problem(code, f"rules.{field} {said}", f"rules.{field}")

	@pytest.mark.parametrize(
		("value", "said"),
		[
			(0, "must be more than 0, not 0."),
			(1, "must be less than 1, not 1."),
			(95, "must be less than 1, not 95."),
			(NAN, "must be a finite number, not nan."),
			(True, "must be a number, not True."),
		],
		ids=repr,
	)
	def test_a_service_level_is_a_share(self, value: object, said: str):
		assert one_problem(rule(service_level=value)).message == f"rules.service_level {said}"

	@pytest.mark.parametrize(
		("value", "said"),
		[(-1, "must be at least 0, not -1."), (True, "must be a number, not True.")],
		ids=repr,
	)
	def test_a_minimum_split_is_a_quantity(self, value: object, said: str):
		assert one_problem(rule(minimum_split=value)).message == f"rules.minimum_split {said}"

	def test_a_choice_names_what_there_is_to_choose(self):
		mode = one_problem(rule(desired_date_mode="ASAP"))
		assert (mode.code, mode.message) == (
			"INVALID_CHOICE",
			"rules.desired_date_mode must be 'LATEST_ACCEPTABLE', 'NO_EARLY_DELIVERY' or 'STRICT_FAIL', not 'ASAP'.",
		)
		shipment = one_problem(rule(shipment="all"))
		assert shipment.message == "rules.shipment must be 'complete', 'per_line' or 'partial', not 'all'."

	def test_a_switch_is_true_or_false(self):
		assert one_problem(rule(no_weekends=3)).code == "INVALID_VALUE"


class TestSeveralProblems:
	def test_all_problems_come_at_once_in_the_requests_order(self):
		problems = refused(
			{
				"customer": "",
				"items": [
					{"item_code": "BIKE", "qty": 0},
					{"qty": "x"},
					{"item_code": "LOCK", "qty": NAN, "q": 1},
				],
				"desired_date": "soon",
				"rules": {"timezone": "Mars", "shipment": "all"},
			}
		).problems
		assert [problem.field for problem in problems] == [
			"customer",
			"items[0].qty",
			"items[1].item_code",
			"items[1].qty",
			"items[2].qty",
			"items[2].q",
			"desired_date",
			"rules.timezone",
			"rules.shipment",
		]

	def test_the_status_of_several_problems_is_malformed_if_one_is(self):
		assert refused({"items": [{"item_code": "BIKE", "qty": 0}]}).status == 422
		assert refused({"items": ["BIKE"]}).status == 400
		assert refused({"items": ["BIKE", {"item_code": "BIKE", "qty": 0}]}).status == 400

	def test_the_status_of_unlike_problems_is_invalid_else(self):
		unlike = RequestRefused([Problem("A", "a", None, 404), Problem("B", "b", None, 422)])
		alike = RequestRefused([Problem("A", "a", None, 404), Problem("B", "b", None, 404)])
		assert (unlike.status, alike.status) == (422, 404)

	def test_the_body_has_the_first_problem_and_all_of_them(self):
		body = RequestRefused([Problem("A", "a.", "items"), Problem("B", "b.")]).as_dict("r-1")
		first, second = {"code": "A", "message": "a.", "field": "items"}, {"code": "B", "message": "b."}
		assert body == {"error": {**first, "problems": [first, second]}, "request_id": "r-1"}

	def test_the_body_of_one_problem_is_no_list(self):
		refusal = RequestRefused([Problem("B", "b.")])
		assert refusal.as_dict("r-2") == {"error": {"code": "B", "message": "b."}, "request_id": "r-2"}
		assert str(refusal) == "b."
