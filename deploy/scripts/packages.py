"""What is installed in an environment, as JSON on stdout: run it with that environment's Python (security_updates.py does).

{name: {"version", "wanted_by": {other package: specifier}, "editable"}}
"""

import json
from importlib.metadata import distributions

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name


def installed() -> dict[str, dict]:
	"""Each package, its version, and what others ask of it (extras left out)."""
	everything = list(distributions())
	found = {
		canonicalize_name(each.metadata["Name"]): {
			"version": each.version,
			"wanted_by": {},
			"editable": '"editable": true' in (each.read_text("direct_url.json") or ""),
		}
		for each in everything
	}
	for each in everything:
		for text in each.requires or ():
			wanted = Requirement(text)
			name = canonicalize_name(wanted.name)
			if name in found and (wanted.marker is None or wanted.marker.evaluate({"extra": ""})):
				found[name]["wanted_by"][canonicalize_name(each.metadata["Name"])] = str(wanted.specifier)
	return found


if __name__ == "__main__":
	print(json.dumps(installed()))
