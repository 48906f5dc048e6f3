"""Fills a site with a whole company's books, in minutes: python -m benchmarks.big_site SITE [--items N ...], in the sites
folder.

20,000 items, 5 depots, 100,000 open order lines, 50,000 purchase order lines, bills of materials five deep, work orders:
planned by a seed, written in bulk, then compared with what ERPNext computes. `make big-site` makes such a site, and
keeps it.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import frappe
from frappe.utils import flt, getdate, today

from benchmarks.big.bins import Bins
from benchmarks.big.making import Making
from benchmarks.big.masters import write_masters
from benchmarks.big.plan import plan
from benchmarks.big.production import write_production
from benchmarks.big.sizes import Sizes, parser, told
from benchmarks.big.stock import write_stock
from benchmarks.big.trade import write_purchases, write_sales
from otp_app.sources.site.reconcile import RECOMPUTED, reconcile

SAMPLE = 300


def fill(sizes: Sizes) -> dict[str, int]:
	"""Writes it all, in the open transaction; counts rows by doctype."""
	planned = plan(sizes, getdate(today()))
	making = Making(planned)
	making.boms  # noqa: B018 - adds the big assembly to the items
	masters, bins = write_masters(planned), Bins()
	found = Counter({"Item": len(planned.items), "Customer": sizes.customers, "Supplier": sizes.suppliers})
	found.update(write_stock(planned, masters, bins))
	found.update(write_purchases(planned, masters, bins))
	found.update(write_sales(planned, masters, bins))
	found.update(write_production(planned, making, masters, bins))
	found["Bin"] = bins.write(masters.depots, masters.item)
	return dict(found)


def stale_bins(sample: int = SAMPLE, seed: int = 7) -> list[str]:
	"""Bins, of a sample, that are not what ERPNext's own functions compute."""
	names = frappe.get_all("Bin", pluck="name", order_by="item_code, warehouse")
	found = []
	for name in random.Random(seed).sample(names, min(sample, len(names))):
		bin = frappe.get_doc("Bin", name)
		for field, compute in RECOMPUTED.items():
			computed = flt(compute(bin.item_code, bin.warehouse))
			if abs(computed - flt(bin.get(field))) > 1e-6:
				found.append(
					f"{bin.item_code} in {bin.warehouse}: {field} is {bin.get(field)}, not {computed}"
				)
	return found


def timed(title: str, work: Callable[[], Any]) -> Any:
	start = time.monotonic()
	answer = work()
	print(f"{title}: {time.monotonic() - start:.0f} s", flush=True)
	return answer


def main(arguments: Sequence[str] | None = None) -> None:
	options = parser(__doc__.splitlines()[0])
	options.add_argument("site")
	options.add_argument("report", type=Path)
	given = vars(options.parse_args(arguments))
	site, report = given.pop("site"), given.pop("report")
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	sizes = Sizes(**given)
	rows = timed("written", lambda: fill(sizes))
	frappe.db.commit()
	frappe.clear_cache()
	checked, differences = timed("reconciled", reconcile)
	figures = {
		"sizes": told(sizes),
		"rows": rows,
		"bins": checked,
		"differences": len(differences),
		"sample": SAMPLE,
		"stale": timed("computed by ERPNext", stale_bins),
	}
	report.write_text(json.dumps(figures, indent=1))
	frappe.destroy()


if __name__ == "__main__":
	main()
