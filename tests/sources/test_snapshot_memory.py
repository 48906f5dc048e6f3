"""The snapshot kept in memory: the contract of a Source, the facts of the file, and what a replaced file does to it."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otp_app.cli.common import DEMO_SNAPSHOT
from otp_app.engine.capable.facts import BomLine
from otp_app.engine.facts import Component, Excluded, Snapshot
from otp_app.sources.snapshot import SnapshotFile, SnapshotMemory, SnapshotUnavailable, write_snapshot
from tests.sources.contract import Case, SourceContract
from tests.sources.test_snapshot import BIKES, held_company
from tests.values import (
	BomFactory,
	CommitmentFactory,
	CustomerFactory,
	ItemFactory,
	SnapshotFactory,
	SupplyFactory,
)

CODES = [f"I{n}" for n in range(8)]
BOMS = [f"B{n}" for n in range(6)]
codes = st.sampled_from([*CODES, "GONE"])
boms = st.none() | st.sampled_from([*BOMS, "NO-BOM"])


@pytest.fixture
def company(tmp_path: Path) -> Path:
	write_snapshot(held_company(), tmp_path / "bikes.sqlite", customers=True)
	return tmp_path / "bikes.sqlite"


class TestSnapshotMemory(SourceContract):
	@pytest.fixture
	def source(self, company: Path) -> SnapshotMemory:
		return SnapshotMemory(company)

	@pytest.fixture
	def case(self) -> Case:
		return BIKES


class TestSnapshotMemoryWithoutCustomers(SourceContract):
	@pytest.fixture
	def source(self, tmp_path: Path) -> SnapshotMemory:
		write_snapshot(held_company(), tmp_path / "bikes.sqlite")
		return SnapshotMemory(tmp_path / "bikes.sqlite")

	@pytest.fixture
	def case(self) -> Case:
		return replace(BIKES, customer=None)


@st.composite
def tangles(draw: st.DrawFn) -> Snapshot:
	"""Items that need one another in any way: as components, alternatives, and lines of BOMs, some of them unknown."""
	items = [
		ItemFactory(
			item_code=code,
			default_bom=draw(boms),
			components=tuple(Component(part, 1.0) for part in draw(st.sets(codes, max_size=1))),
			alternatives=tuple(draw(st.sets(codes, max_size=1))),
		)
		for code in CODES
	]
	lines = st.builds(
		BomLine,
		st.sampled_from(CODES),
		st.just(1.0),
		bom=boms,
		alternatives=st.lists(codes, max_size=1).map(tuple),
	)
	made = [
		BomFactory(name=name, item_code="I0", lines=tuple(draw(st.lists(lines, max_size=2)))) for name in BOMS
	]
	facts = draw(st.lists(codes, max_size=12))
	return SnapshotFactory(
		items=items,
		boms=made,
		customers=draw(st.none() | st.just([CustomerFactory(name="Velo Nord")])),
		supplies=[SupplyFactory(item_code=code, document=f"D-{n}") for n, code in enumerate(facts)],
		commitments=[
			CommitmentFactory(item_code=code, document=f"O-{n % 3}") for n, code in enumerate(facts)
		],
	)


@given(
	tangles(),
	st.lists(st.tuples(st.lists(codes, max_size=3), st.sampled_from([None, "O-1"])), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=80, derandomize=True, suppress_health_check=list(HealthCheck))
def test_it_gives_the_facts_that_the_file_gives(tmp_path_factory, snapshot: Snapshot, questions):
	path = tmp_path_factory.mktemp("tangle") / "a.sqlite"
	write_snapshot(snapshot, path, customers=True)
	file, memory = SnapshotFile(path), SnapshotMemory(path)
	for wanted, order in questions:
		document = order and Excluded("Sales Order", order)
		asked = {"customer": "Velo Nord", "excluding": document}
		from_file, from_memory = file.snapshot(wanted, **asked), memory.snapshot(wanted, **asked)
		assert from_memory == from_file
		assert list(from_memory.items) == list(from_file.items)
		assert list(from_memory.boms) == list(from_file.boms)


@given(st.data())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_of_the_demo_company_too(data: st.DataObject):
	file, memory = SnapshotFile(DEMO_SNAPSHOT), SnapshotMemory(DEMO_SNAPSHOT)
	wanted = data.draw(st.lists(st.sampled_from([*file.item_codes(), "GONE"]), max_size=5))
	customer = data.draw(st.sampled_from([None, "Velo Nord", "Nobody"]))
	assert memory.snapshot(wanted, customer=customer) == file.snapshot(wanted, customer=customer)
	assert (memory.taken_at, memory.timezone, memory.item_codes()) == (
		file.taken_at,
		file.timezone,
		file.item_codes(),
	)


def test_the_whole_book_and_the_names_of_documents_are_those_of_the_file(company: Path):
	file, memory = SnapshotFile(company), SnapshotMemory(company)
	assert memory.book() == file.book()
	assert memory.book().open_lines
	known, unknown = BIKES.order, Excluded("Sales Order", "NO-ORDER")
	assert [memory.names(each) for each in (known, unknown)] == [True, False]
	assert [file.names(each) for each in (known, unknown)] == [True, False]


def on_hand(source: SnapshotMemory) -> float:
	return sum(supply.qty for supply in source.snapshot(["A"]).supplies)


def write(path: Path, qty: float, count: int = 1) -> None:
	facts = [SupplyFactory(item_code="A", qty=qty) for _ in range(count)]
	write_snapshot(SnapshotFactory(items=[ItemFactory(item_code="A")], supplies=facts), path)


def test_the_file_is_read_once(tmp_path: Path, monkeypatch):
	write(tmp_path / "a.sqlite", 5.0)
	source, read = SnapshotMemory(tmp_path / "a.sqlite"), []
	whole = SnapshotFile.facts
	monkeypatch.setattr(SnapshotFile, "facts", lambda self: read.append(1) or whole(self))
	assert [on_hand(source) for _ in range(5)] == [5.0] * 5
	assert len(read) == 1


def test_a_replaced_file_is_read_anew_even_if_it_has_the_same_size_and_time(tmp_path: Path):
	path = tmp_path / "a.sqlite"
	write(path, 5.0)
	before, source = path.stat(), SnapshotMemory(path)
	assert on_hand(source) == 5.0
	write(path, 7.0)
	os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
	assert path.stat().st_size == before.st_size
	assert on_hand(source) == 7.0


def test_it_tells_whether_it_has_to_read_first(company: Path):
	memory = SnapshotMemory(company)
	assert not memory.at_hand
	memory.facts()
	assert memory.at_hand
	os.utime(company)
	assert not memory.at_hand


def test_a_file_that_is_gone_or_broken_is_never_answered_from_memory(tmp_path: Path):
	path = tmp_path / "a.sqlite"
	write(path, 5.0)
	source = SnapshotMemory(path)
	assert on_hand(source) == 5.0
	path.unlink()
	with pytest.raises(SnapshotUnavailable, match="There is no snapshot file"):
		on_hand(source)
	path.write_bytes(b"not a snapshot")
	for _ in range(2):
		with pytest.raises(SnapshotUnavailable, match="cannot be read as a snapshot"):
			on_hand(source)
	write(path, 7.0)
	assert on_hand(source) == 7.0


def test_nobody_gets_a_mixture_while_the_file_is_replaced_over_and_over(tmp_path: Path):
	"""In each file all supplies have one quantity: an answer with two would be of two files."""
	path = tmp_path / "a.sqlite"
	write(path, 1.0, count=200)
	source, stop = SnapshotMemory(path), threading.Event()

	def ask() -> list[float]:
		seen: list[float] = []
		while not stop.is_set():
			quantities = {supply.qty for supply in source.snapshot(["A"]).supplies}
			assert len(quantities) == 1
			seen += quantities
		return seen

	with ThreadPoolExecutor(6) as pool:
		askers = [pool.submit(ask) for _ in range(6)]
		for number in range(2, 12):
			write(path, float(number), count=200)
			time.sleep(0.02)
		stop.set()
		for asker in askers:
			seen = asker.result()
			assert seen == sorted(seen)
			assert len(set(seen)) > 2
	assert on_hand(source) == 200 * 11.0


def test_those_who_ask_while_another_reads_get_the_facts_before(tmp_path: Path, monkeypatch):
	path = tmp_path / "a.sqlite"
	write(path, 5.0)
	source = SnapshotMemory(path)
	assert on_hand(source) == 5.0
	write(path, 7.0)
	reading, go_on, whole = threading.Event(), threading.Event(), SnapshotFile.facts

	def slowly(self: SnapshotFile) -> Snapshot:
		reading.set()
		assert go_on.wait(10)
		return whole(self)

	monkeypatch.setattr(SnapshotFile, "facts", slowly)
	with ThreadPoolExecutor(1) as pool:
		first = pool.submit(on_hand, source)
		assert reading.wait(10)
		assert on_hand(source) == 5.0
		go_on.set()
		assert first.result() == 7.0
	assert on_hand(source) == 7.0
