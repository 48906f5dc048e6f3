"""The words that documents have for a run: statuses of the run, of its jobs and of its lines."""

from __future__ import annotations

from enum import Enum

RUN, LINE, PART = "Backorder Run", "Backorder Run Line", "Backorder Run Part"


class RunStatus(str, Enum):
	"""Where a run is."""

	DRAFT = "Draft"
	QUEUED = "Queued"
	SIMULATING = "Simulating"
	SIMULATED = "Simulated"
	APPLYING = "Applying"
	APPLIED = "Applied"
	UNDOING = "Undoing"
	UNDONE = "Undone"
	FAILED = "Failed"


class PartStatus(str, Enum):
	"""Where one of its jobs is."""

	QUEUED = "Queued"
	RUNNING = "Running"
	DONE = "Done"
	FAILED = "Failed"


class LineState(str, Enum):
	"""What has become of a line that a run changes; one that stays as it is has none."""

	TO_APPLY = "To Apply"
	APPLIED = "Applied"
	NOT_APPLIED = "Not Applied"
	UNDONE = "Undone"
	NOT_UNDONE = "Not Undone"


class Phase(str, Enum):
	"""What the jobs of a run do: what it is called while they do it, and once they have."""

	SIMULATE = "Simulate"
	APPLY = "Apply"
	UNDO = "Undo"

	@property
	def doing(self) -> RunStatus:
		"""The status of a run that is at it."""
		return _DOING[self]

	@property
	def done(self) -> RunStatus:
		"""The status of a run that has done it."""
		return _DONE[self]

	@property
	def starts_from(self) -> frozenset[str]:
		"""The statuses in which it can be asked for."""
		return _STARTS[self]


_DOING = {
	Phase.SIMULATE: RunStatus.SIMULATING,
	Phase.APPLY: RunStatus.APPLYING,
	Phase.UNDO: RunStatus.UNDOING,
}
_DONE = {
	Phase.SIMULATE: RunStatus.SIMULATED,
	Phase.APPLY: RunStatus.APPLIED,
	Phase.UNDO: RunStatus.UNDONE,
}
_STARTS = {
	Phase.SIMULATE: frozenset({RunStatus.DRAFT.value, RunStatus.SIMULATED.value}),
	Phase.APPLY: frozenset({RunStatus.SIMULATED.value}),
	Phase.UNDO: frozenset({RunStatus.APPLIED.value}),
}
# Somebody is at it, or should be.
BUSY = frozenset(
	status.value for status in (RunStatus.QUEUED, RunStatus.SIMULATING, RunStatus.APPLYING, RunStatus.UNDOING)
)
ENDED = frozenset({RunStatus.APPLIED.value, RunStatus.UNDONE.value})
