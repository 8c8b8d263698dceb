"""The plots of `docs/performance.md`: the cost of a delivery, and which goals are met."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.load_clients import peers

OURS = "Simple Chat"
_SHORT = {
    peers.BARE: "bare broadcast",
    peers.PAPER: "paper's stack",
    peers.PROSODY: "Prosody",
    peers.NGIRCD: "ngIRCd",
    peers.EXAMPLE: "like NiceGUI's example",
}
_BARS = {
    "delivery": "server CPU for each delivery",
    "delay": "p99 ",
}
"""By the name of a plot's file: the prefix of its figures."""


def draw(figures: Sequence[Figure], folder: Path) -> list[Path]:
    """Draw every plot for which there are figures; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, prefix in _BARS.items():
        groups = _groups(figures, prefix)
        if groups:
            drawn.append(_bars(groups, folder / f"{name}.png"))
    if any(each.ratio and (each.goal or each.least) for each in figures):
        drawn.append(_goals(figures, folder / "goals.png"))
    return drawn


def _groups(figures: Sequence[Figure], prefix: str) -> dict[str, list[Figure]]:
    """Return the figures against chat servers, grouped by what they measure."""
    groups: dict[str, list[Figure]] = {}
    for each in figures:
        if each.what.startswith(prefix) and each.against in _SHORT and each.peer is not None:
            groups.setdefault(each.what, []).append(each)
    return groups


def _bars(groups: dict[str, list[Figure]], file: Path) -> Path:
    """Draw ours and the peers beside each other, a panel for each group."""
    from matplotlib.figure import Figure as Sheet

    sheet = Sheet(figsize=(9, 0.7 + 1.9 * len(groups)), layout="constrained")
    panels = sheet.subplots(len(groups), squeeze=False)[:, 0]
    for panel, (what, group) in zip(panels, groups.items(), strict=True):
        values = {OURS: group[0].ours} | {_SHORT[each.against]: each.peer or 0 for each in group}
        ordered = sorted(values.items(), key=lambda pair: -pair[1])
        names, sizes = zip(*ordered, strict=True)
        colours = ["#0b6e4f" if name == OURS else "#b8c4bb" for name in names]
        bars = panel.barh(names, sizes, color=colours)
        panel.bar_label(bars, fmt=f"%.0f {group[0].unit}", padding=3)
        panel.set_xscale("log")
        panel.set_xlim(left=1)
        panel.set_title(what, loc="left", fontsize=10)
        _plain(panel)
    sheet.savefig(file, dpi=110)
    return file


def _goals(figures: Sequence[Figure], file: Path) -> Path:
    """Draw how far each ratio is from its goal: left of the line is within it."""
    from matplotlib.figure import Figure as Sheet

    shown = []
    for each in figures:
        if each.ratio and each.goal:
            shown.append((each, each.ratio / each.goal))
        elif each.ratio and each.least:
            shown.append((each, each.least / each.ratio))
    sheet = Sheet(figsize=(9, 0.8 + 0.3 * len(shown)), layout="constrained")
    panel = sheet.subplots()
    names = [
        f"{each.what.strip()}; {_SHORT.get(each.against, each.against)}" for each, _at in shown
    ]
    places = [at for _each, at in shown]
    panel.scatter(
        places, range(len(shown)), color=["#0b6e4f" if at <= 1 else "#b3261e" for at in places]
    )
    panel.set_yticks(range(len(shown)), names, fontsize=7)
    panel.invert_yaxis()
    panel.axvline(1, color="#777777", linewidth=1)
    panel.set_xscale("log")
    panel.set_xticks([0.1, 0.2, 0.5, 1, 2, 5])
    panel.set_title("Ratio to the goal: left of the line it is met", loc="left", fontsize=10)
    _plain(panel)
    sheet.savefig(file, dpi=110)
    return file


def _plain(panel: Any) -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.minorticks_off()
    panel.xaxis.set_major_formatter("{x:g}")
