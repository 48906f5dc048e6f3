"""The section of docs/api-reference.md about the service: nothing yet."""


def service():
	return ()
