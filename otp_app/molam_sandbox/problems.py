"""What the sandbox refuses, as the contract writes errors."""

from __future__ import annotations

import json


class Refused(Exception):
	"""A request that is answered with an error; nothing of it was done."""

	def __init__(self, status: int, code: str, message: str) -> None:
		super().__init__(message)
		self.status = status
		self.code = code
		self.message = message

	def text(self) -> str:
		"""The body of the answer."""
		return error_text(self.code, self.message)


def error_text(code: str, message: str) -> str:
	"""The contract's error as JSON."""
	return json.dumps({"error": {"code": code, "message": message}})


def not_found(what: str, name: str) -> Refused:
	"""The refusal of an id that nobody gave out."""
	return Refused(404, "not_found", f"There is no {what} {name}.")


def invalid_state(message: str) -> Refused:
	"""The refusal of what an object's status does not allow."""
	return Refused(400, "invalid_state", message)
