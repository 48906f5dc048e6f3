"""Pictures as SVG text: a card with a title, readable on light and dark pages, without scripts or fonts of its own."""

from __future__ import annotations

from html import escape

STYLE = """\
text { font: 13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.faint { fill: #59636e; font-size: 12px; }
.strong { font-weight: 600; }
.card { fill: #ffffff; stroke: #d1d9e0; }
.rule { stroke: #d1d9e0; stroke-width: 1; fill: none; }
.axis { stroke: #59636e; stroke-width: 1; fill: none; }
.net { stroke: #59636e; stroke-width: 2; stroke-dasharray: 5 4; fill: none; }
.atp { stroke: #0969da; stroke-width: 3; fill: none; }
.kept { fill: #d4a72c; fill-opacity: 0.25; }
.free { fill: #0969da; fill-opacity: 0.15; }
.closed { fill: #59636e; fill-opacity: 0.2; }
.open { fill: #1a7f37; fill-opacity: 0.15; }
.step { fill: #0969da; }
.on { fill: #ffffff; }
.plus { fill: #1a7f37; }
.minus { fill: #cf222e; }
.dot { fill: #0969da; }
.peg { stroke: #0969da; fill: none; stroke-opacity: 0.55; }
.box { fill: #f6f8fa; stroke: #d1d9e0; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.faint { fill: #9198a1; }
.card { fill: #0d1117; stroke: #3d444d; }
.rule { stroke: #3d444d; }
.axis, .net { stroke: #9198a1; }
.atp, .peg { stroke: #4493f8; }
.step { fill: #1f6feb; }
.dot { fill: #4493f8; }
.free, .open, .kept { fill-opacity: 0.3; }
.plus { fill: #3fb950; }
.minus { fill: #f85149; }
.box { fill: #151b23; stroke: #3d444d; }
}"""


class Picture:
	"""A picture that grows by one shape a call; lengths are in pixels from the upper left corner."""

	def __init__(self, width: int, height: int, title: str, description: str) -> None:
		self.width, self.height = width, height
		self.title, self.description = title, description
		self.shapes: list[str] = []
		self.box(0.5, 0.5, width - 1, height - 1, "card", round_=8)
		self.text(20, 28, title, "title")

	def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
		"""Words whose baseline begins, ends or has its middle at a point."""
		place = "" if anchor == "start" else f' text-anchor="{anchor}"'
		self.shapes.append(f'<text x="{x:g}" y="{y:g}"{_class(kind)}{place}>{escape(words)}</text>')

	def box(self, x: float, y: float, width: float, height: float, kind: str, round_: int = 0) -> None:
		"""A rectangle."""
		corner = f' rx="{round_}"' if round_ else ""
		self.shapes.append(
			f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"{corner}{_class(kind)}/>'
		)

	def path(self, points: list[tuple[float, float]], kind: str) -> None:
		"""Straight lines from point to point; an area, if the kind has a colour to fill it with."""
		steps = " L".join(f"{x:g},{y:g}" for x, y in points)
		self.shapes.append(f'<path d="M{steps}"{_class(kind)}/>')

	def link(self, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
		"""A curve from a box to another."""
		middle = (start[0] + end[0]) / 2
		curve = (
			f"M{start[0]:g},{start[1]:g} C{middle:g},{start[1]:g} {middle:g},{end[1]:g} {end[0]:g},{end[1]:g}"
		)
		self.shapes.append(f'<path d="{curve}"{_class("peg")} stroke-width="{width:g}"/>')

	def dot(self, x: float, y: float, kind: str = "dot") -> None:
		"""A point that is meant."""
		self.shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="4"{_class(kind)}/>')

	def svg(self) -> str:
		"""The file."""
		head = (
			f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
			f'width="{self.width}" height="{self.height}" role="img">'
		)
		told = [f"<title>{escape(self.title)}</title>", f"<desc>{escape(self.description)}</desc>"]
		return "\n".join([head, *told, f"<style>\n{STYLE}\n</style>", *self.shapes, "</svg>", ""])


def _class(kind: str) -> str:
	return f' class="{kind}"' if kind else ""
