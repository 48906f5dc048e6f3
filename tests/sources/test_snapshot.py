"""The snapshot file: the contract of a Source, the round trip, and what a bad file gets."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otp_app.engine.capable.facts import Bom, BomLine, Operation, Workstation
from otp_app.engine.facts import (
	Calendar,
	Commitment,
	CommitmentKind,
	Company,
	Customer,
	Excluded,
	Item,
	OpenLine,
	Snapshot,
	Supply,
	TransitLane,
	Warehouse,
)
from otp_app.engine.policy import Settings
from otp_app.sources.snapshot import SnapshotFile, SnapshotUnavailable, write_snapshot
from otp_app.sources.snapshot.schema import TABLES
from tests.sources.contract import Case, SourceContract
from tests.values import (
	BomFactory,
	CommitmentFactory,
	CustomerFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
	TransitLaneFactory,
	bike_company,
)

HOLD = CommitmentFactory(
	item_code="CITY-BIKE", kind=CommitmentKind.HOLD, qty=1, document="PROMISE-000007", in_bin=False
)


def held_company() -> Snapshot:
	"""The bike company, with a hold."""
	company = bike_company()
	return replace(company, commitments=(*company.commitments, HOLD))


BIKES = Case(
	item="LOCK",
	alternatives=frozenset({"LOCK-PRO"}),
	bundle="STARTER-SET",
	components=frozenset({"HELMET", "CHAIN-OIL"}),
	order=Excluded("Sales Order", "SAL-ORD-2026-00021", frozenset({HOLD.document})),
	ordered=frozenset({"CITY-BIKE", "HELMET"}),
	customer="Velo Nord",
)


@pytest.fixture(scope="session")
def company(tmp_path_factory) -> Path:
	path = tmp_path_factory.mktemp("snapshots") / "bikes.sqlite"
	write_snapshot(held_company(), path, customers=True)
	return path


class TestSnapshotFile(SourceContract):
	@pytest.fixture
	def source(self, company: Path) -> SnapshotFile:
		return SnapshotFile(company)

	@pytest.fixture
	def case(self) -> Case:
		return BIKES


class TestSnapshotFileWithoutCustomers(SourceContract):
	@pytest.fixture
	def source(self, tmp_path: Path) -> SnapshotFile:
		write_snapshot(held_company(), tmp_path / "bikes.sqlite")
		return SnapshotFile(tmp_path / "bikes.sqlite")

	@pytest.fixture
	def case(self) -> Case:
		return replace(BIKES, customer=None)


# SQLite's text functions stop at a NUL, which no name in ERPNext can hold.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NUMBERS = st.floats(allow_nan=False)
st.register_type_strategy(str, TEXT)


def values_of(fact: type, **more: st.SearchStrategy) -> st.SearchStrategy:
	return st.builds(fact, **more)


def named(fact: type, field: str, **more: st.SearchStrategy) -> st.SearchStrategy:
	facts = st.lists(values_of(fact, **more), max_size=4)
	return facts.map(lambda found: {getattr(one, field): one for one in found})


INTEGERS = st.integers(-(2**63), 2**63 - 1)
OPTIONAL_INTEGERS = st.none() | INTEGERS
# An offset, as ISO text has it: a named zone's repeated hour is equal to nothing in another zone.
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
SNAPSHOTS = st.builds(
	Snapshot,
	taken_at=st.datetimes(timezones=OFFSETS),
	precision=INTEGERS,
	settings=values_of(Settings),
	items=named(
		Item,
		"item_code",
		lead_time_days=OPTIONAL_INTEGERS,
		processing_days=OPTIONAL_INTEGERS,
		min_order_qty=NUMBERS,
		safety_stock=NUMBERS,
		production_minutes=st.none() | st.tuples(NUMBERS, NUMBERS),
		uoms=st.just(()),
		components=st.just(()),
	),
	warehouses=named(
		Warehouse,
		"name",
		processing_days=OPTIONAL_INTEGERS,
		extra_days=INTEGERS,
		inbound_days=OPTIONAL_INTEGERS,
		priority=INTEGERS,
		cutoff=st.none() | st.times(),
	),
	companies=named(Company, "name"),
	calendars=named(Calendar, "name"),
	customers=st.none() | named(Customer, "name"),
	lanes=st.lists(values_of(TransitLane, days=INTEGERS), max_size=4).map(tuple),
	supplies=st.lists(values_of(Supply, qty=NUMBERS), max_size=6).map(tuple),
	commitments=st.lists(values_of(Commitment, qty=NUMBERS), max_size=6).map(tuple),
)


@given(SNAPSHOTS)
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
def test_what_is_written_is_read_back(tmp_path_factory, snapshot: Snapshot):
	path = tmp_path_factory.mktemp("round") / "trip.sqlite"
	write_snapshot(snapshot, path, customers=True)
	wanted = {fact.item_code for fact in (*snapshot.supplies, *snapshot.commitments)} | set(snapshot.items)
	known = wanted & set(snapshot.items)
	read = SnapshotFile(path).snapshot(wanted)
	# Facts of an item that the snapshot does not know are of no use to anybody.
	assert replace(read, customers=None) == replace(
		snapshot,
		customers=None,
		supplies=tuple(fact for fact in snapshot.supplies if fact.item_code in known),
		commitments=tuple(fact for fact in snapshot.commitments if fact.item_code in known),
	)
	for name, customer in (snapshot.customers or {}).items():
		assert SnapshotFile(path).snapshot([], customer=name).customers == {name: customer}


def test_a_whole_company_is_read_back_as_it_was(company: Path):
	snapshot = held_company()
	read = SnapshotFile(company).snapshot(snapshot.items, customer="Velo Nord")
	assert replace(read, customers=snapshot.customers) == replace(snapshot, open_lines=())
	assert SnapshotFile(company).book() == without_values(snapshot)
	assert SnapshotFile(company).taken_at == snapshot.taken_at
	assert SnapshotFile(company).timezone == snapshot.timezone
	assert SnapshotFile(company).item_codes() == tuple(sorted(snapshot.items))


def test_the_same_facts_give_the_same_bytes(tmp_path: Path, company: Path):
	write_snapshot(held_company(), tmp_path / "again.sqlite", customers=True)
	assert (tmp_path / "again.sqlite").read_bytes() == company.read_bytes()


LINES = st.builds(
	OpenLine,
	qty=NUMBERS,
	idx=INTEGERS,
	priority=OPTIONAL_INTEGERS,
	value=st.none() | st.decimals(allow_nan=False),
)


@given(st.lists(LINES, max_size=5).map(tuple))
@settings(deadline=None, max_examples=30)
def test_open_lines_are_read_back_with_the_whole_book_only(tmp_path_factory, lines: tuple[OpenLine, ...]):
	path = tmp_path_factory.mktemp("round") / "book.sqlite"
	write_snapshot(SnapshotFactory(open_lines=()), path)
	assert SnapshotFile(path).book().open_lines == ()
	write_snapshot(replace(SnapshotFactory(), open_lines=lines), path, customers=True, values=True)
	assert SnapshotFile(path).book().open_lines == lines
	assert SnapshotFile(path).snapshot([]).open_lines == ()


def without_values(snapshot: Snapshot) -> Snapshot:
	return replace(snapshot, open_lines=tuple(replace(line, value=None) for line in snapshot.open_lines))


def test_what_orders_are_worth_stays_out_unless_asked_for(tmp_path: Path):
	path = tmp_path / "book.sqlite"
	write_snapshot(bike_company(), path)
	lines = SnapshotFile(path).book().open_lines
	assert {line.value for line in lines} == {line.customer for line in lines} == {None}
	assert {line.territory for line in lines} == {"Germany", "France"}
	write_snapshot(bike_company(), path, values=True)
	assert SnapshotFile(path).book().open_lines[0].value == Decimal("3200.00")
	assert b"Velo Nord" not in path.read_bytes()


def test_customers_stay_out_unless_asked_for(tmp_path: Path):
	path = tmp_path / "anonymous.sqlite"
	snapshot = SnapshotFactory(
		customers=[CustomerFactory(name="Secret Buyer")],
		lanes=[TransitLaneFactory(customer="Secret Buyer"), TransitLaneFactory(country="France")],
	)
	write_snapshot(snapshot, path)
	assert b"Secret Buyer" not in path.read_bytes()
	assert SnapshotFile(path).snapshot([]).lanes == (TransitLaneFactory(country="France"),)
	write_snapshot(snapshot, path, customers=True)
	assert SnapshotFile(path).snapshot([], customer="Secret Buyer").customers == snapshot.customers


def test_what_is_allocated_to_a_customer_stays_out_with_its_name(tmp_path: Path):
	path = tmp_path / "anonymous.sqlite"
	write_snapshot(held_company(), path)
	facts = SnapshotFile(path).snapshot(["LOCK-PRO"])
	assert [quota.name for quota in facts.allocations] == ["PUMPS"]
	assert [each.name for each in facts.protections] == ["FRANCE"]
	assert b"VELO NORD" not in path.read_bytes()


def test_a_snapshot_that_never_knew_customers_does_not_claim_to(tmp_path: Path):
	write_snapshot(SnapshotFactory(customers=None), tmp_path / "a.sqlite", customers=True)
	assert SnapshotFile(tmp_path / "a.sqlite").snapshot([]).customers is None


def test_an_alternative_that_is_a_bundle_comes_with_its_components(tmp_path: Path):
	items = [
		ItemFactory(item_code="A", alternatives=("B",)),
		ItemFactory(item_code="B", components=bike_company().items["COMMUTER-SET"].components[:1]),
		ItemFactory(item_code="CITY-BIKE"),
	]
	write_snapshot(SnapshotFactory(items=items), tmp_path / "a.sqlite")
	assert list(SnapshotFile(tmp_path / "a.sqlite").snapshot(["A"]).items) == ["A", "B", "CITY-BIKE"]


# JSON has no infinity.
FINITE = st.floats(allow_nan=False, allow_infinity=False)
BOMS = named(
	Bom,
	"name",
	quantity=NUMBERS,
	loss=NUMBERS,
	lines=st.lists(values_of(BomLine, qty=FINITE), max_size=3).map(tuple),
	operations=st.lists(values_of(Operation, minutes=FINITE), max_size=3).map(tuple),
)
STATIONS = named(Workstation, "name", capacity=INTEGERS, load=st.dictionaries(st.dates(), FINITE, max_size=3))


@given(BOMS, STATIONS)
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=30)
def test_boms_and_workstations_are_read_back(
	tmp_path_factory, boms: dict[str, Bom], stations: dict[str, Workstation]
):
	path = tmp_path_factory.mktemp("round") / "boms.sqlite"
	items = [ItemFactory(item_code=name, default_bom=name) for name in boms]
	write_snapshot(SnapshotFactory(items=items, boms=boms.values(), workstations=stations.values()), path)
	read = SnapshotFile(path).snapshot(list(boms))
	assert read.boms == boms
	assert read.workstations == stations


def test_an_item_comes_with_all_that_is_needed_to_make_it_on_every_level(tmp_path: Path):
	codes = ["BIKE", "FRAME", "WHEEL", "SPOKE", "SPOKE-TITAN", "TITAN", "OTHER"]
	own = {"BIKE": "B", "FRAME": "OLD", "SPOKE-TITAN": "T", "OTHER": "O"}
	items = [ItemFactory(item_code=code, default_bom=own.get(code)) for code in codes]
	boms = [
		BomFactory(name="B", item_code="BIKE", lines=(BomLine("FRAME", 1.0, bom="F"), BomLine("WHEEL", 2.0))),
		BomFactory(
			name="F", item_code="FRAME", lines=(BomLine("SPOKE", 3.0, alternatives=("SPOKE-TITAN", "GONE")),)
		),
		BomFactory(name="T", item_code="SPOKE-TITAN", lines=(BomLine("TITAN", 1.0), BomLine("BIKE", 1.0))),
		BomFactory(name="OLD", item_code="FRAME", lines=(BomLine("OTHER", 1.0),)),
		BomFactory(name="O", item_code="OTHER"),
	]
	write_snapshot(SnapshotFactory(items=items, boms=boms), tmp_path / "a.sqlite")
	read = SnapshotFile(tmp_path / "a.sqlite").snapshot(["BIKE"])
	assert set(read.items) == set(codes) - {"OTHER"}
	assert set(read.boms) == {"B", "F", "T"}
	assert SnapshotFile(tmp_path / "a.sqlite").snapshot(["WHEEL"]).boms == {}


@pytest.mark.parametrize("count", [1, 10, 2000])
def test_the_number_of_queries_does_not_grow_with_the_items(tmp_path: Path, monkeypatch, count: int):
	codes = [f"ITEM-{number}" for number in range(count)]
	facts = [SupplyFactory(item_code=code) for code in codes]
	owed = [CommitmentFactory(item_code=code) for code in codes]
	write_snapshot(SnapshotFactory(supplies=facts, commitments=owed), tmp_path / "a.sqlite")
	statements = traced(monkeypatch)
	answer = SnapshotFile(tmp_path / "a.sqlite").snapshot(codes)
	assert len(answer.supplies) == len(answer.commitments) == count
	assert len(statements) == 21


def test_only_wanted_rows_are_read_and_by_index(company: Path):
	with closing(sqlite3.connect(company)) as connection:
		for table in ("supplies", "commitments"):
			plan = connection.execute(
				f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE item_code IN (SELECT value FROM json_each('[]'))"
			).fetchall()
			assert f"USING INDEX {table}_by_item" in plan[0][-1]


def traced(monkeypatch) -> list[str]:
	"""The statements that connections opened from now on run."""
	statements: list[str] = []
	connect = sqlite3.connect

	def connect_and_trace(*args, **kwargs):
		connection = connect(*args, **kwargs)
		connection.set_trace_callback(
			lambda text: statements.append(text) if not text.startswith("--") else None
		)
		return connection

	monkeypatch.setattr(sqlite3, "connect", connect_and_trace)
	return statements


def test_a_person_can_read_the_tables(company: Path):
	with closing(sqlite3.connect(company)) as connection:
		(supply,) = connection.execute(
			"SELECT item_code, kind, qty, due, party FROM supplies WHERE document = 'PUR-ORD-2026-00012'"
		)
		assert supply == ("LOCK", "purchase_order", 24.0, "2026-03-17", "Schloss & Riegel")
		meta = dict(connection.execute("SELECT name, value FROM meta"))
	assert meta["taken_at"] == "2026-03-09T10:00:00+01:00"
	assert meta["customers"] == "included"


def test_every_kind_of_fact_has_a_table():
	parts = {"items", "warehouses", "companies", "calendars", "customers", "lanes", "reliability"}
	parts |= {"supplies", "commitments", "open_lines", "boms", "workstations"}
	parts |= {"sourcing_rules", "allocations", "protections"}
	assert set(TABLES) == parts
	assert parts < set(Snapshot.__dataclass_fields__)


def test_writing_replaces_the_old_file_and_leaves_no_draft(tmp_path: Path):
	path = tmp_path / "a.sqlite"
	path.write_text("something old")
	write_snapshot(SnapshotFactory(), path)
	assert SnapshotFile(path).item_codes() == ()
	assert [found.name for found in tmp_path.iterdir()] == ["a.sqlite"]


def test_writing_that_fails_leaves_the_old_file(tmp_path: Path):
	path = tmp_path / "a.sqlite"
	write_snapshot(SnapshotFactory(items=[ItemFactory(item_code="OLD")]), path)
	with pytest.raises(sqlite3.Error):
		write_snapshot(SnapshotFactory(supplies=[SupplyFactory(qty=None)]), path)
	assert SnapshotFile(path).item_codes() == ("OLD",)
	assert [found.name for found in tmp_path.iterdir()] == ["a.sqlite"]


def test_writing_to_a_folder_that_is_not_there_says_so(tmp_path: Path):
	with pytest.raises(FileNotFoundError):
		write_snapshot(SnapshotFactory(), tmp_path / "nowhere" / "a.sqlite")


def refusal(path: Path) -> str:
	with pytest.raises(SnapshotUnavailable) as raised:
		SnapshotFile(path).snapshot(["CITY-BIKE"])
	return str(raised.value)


def test_a_missing_file_says_where_to_get_one(tmp_path: Path):
	path = tmp_path / "none.sqlite"
	assert refusal(path) == (
		f"There is no snapshot file {path}: check its name, or export one with "
		"`bench --site SITE otp-snapshot FILE`."
	)


def test_a_folder_is_no_snapshot(tmp_path: Path):
	assert "There is no snapshot file" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"item;qty\nBIKE;5\n" * 100], ids=["empty", "text"])
def test_a_file_that_is_not_sqlite_is_refused(tmp_path: Path, content: bytes):
	path = tmp_path / "list.csv"
	path.write_bytes(content)
	assert "cannot be read as a snapshot" in refusal(path)
	assert "export it again" in refusal(path)


def test_another_database_is_refused(tmp_path: Path):
	path = tmp_path / "other.sqlite"
	with closing(sqlite3.connect(path)) as connection:
		connection.execute("CREATE TABLE meta (name, value)")
	assert "otp-snapshot did not write it" in refusal(path)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, company: Path, kept: float):
	whole = company.read_bytes()
	path = tmp_path / "half.sqlite"
	path.write_bytes(whole[: int(len(whole) * kept)])
	assert "cannot be read as a snapshot" in refusal(path)


@pytest.mark.parametrize(("version", "cure"), [(99, "update otp_app"), (0, "export it again")])
def test_another_schema_version_is_refused(tmp_path: Path, company: Path, version: int, cure: str):
	path = changed(company, tmp_path, f"PRAGMA user_version = {version}")
	assert f"has schema version {version}" in refusal(path)
	assert cure in refusal(path)


@pytest.mark.parametrize(
	"change",
	[
		"UPDATE meta SET value = 'yesterday' WHERE name = 'taken_at'",
		"DELETE FROM meta WHERE name = 'settings'",
		"UPDATE meta SET value = '{\"colour\": 1}' WHERE name = 'settings'",
		"UPDATE supplies SET kind = 'magic'",
		"UPDATE warehouses SET kind = 'attic'",
		"DROP TABLE commitments",
	],
)
def test_a_file_edited_out_of_shape_is_refused(tmp_path: Path, company: Path, change: str):
	assert "cannot be read as a snapshot" in refusal(changed(company, tmp_path, change))


def changed(source: Path, folder: Path, statement: str) -> Path:
	path = folder / "changed.sqlite"
	path.write_bytes(source.read_bytes())
	with closing(sqlite3.connect(path)) as connection, connection:
		connection.execute(statement)
	return path


def test_reading_changes_nothing_and_needs_no_right_to_write(tmp_path: Path, company: Path):
	path = tmp_path / "sealed.sqlite"
	path.write_bytes(company.read_bytes())
	path.chmod(0o444)
	SnapshotFile(path).snapshot(["CITY-BIKE"])
	assert path.read_bytes() == company.read_bytes()
	assert [found.name for found in tmp_path.iterdir()] == ["sealed.sqlite"]


def test_a_name_with_odd_characters_is_opened(tmp_path: Path, company: Path):
	path = tmp_path / "März ?100% #1.sqlite"
	path.write_bytes(company.read_bytes())
	assert "CITY-BIKE" in SnapshotFile(path).snapshot(["CITY-BIKE"]).items


def test_threads_may_share_it(company: Path):
	program = (
		"import sys; from concurrent.futures import ThreadPoolExecutor as Pool\n"
		"from otp_app.sources.snapshot import SnapshotFile\n"
		"source = SnapshotFile(sys.argv[1])\n"
		"answers = Pool(8).map(lambda n: len(source.snapshot(['LOCK']).commitments), range(64))\n"
		"print(set(answers))\n"
	)
	run = subprocess.run([sys.executable, "-c", program, company], capture_output=True, text=True, check=True)
	assert run.stdout == "{5}\n"
