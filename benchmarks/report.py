"""The table of results, and the same as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Row:
    """One figure of ours beside its limit, both from the same run.

    `ratio` is ours / limit; whether more or less is better follows from the unit. A figure without a limit has None.
    `rounds_ratio` is given where it was found otherwise: see `of_rounds`.
    """

    name: str
    ours: float
    limit: float | None
    unit: str
    rounds_ratio: float | None = None

    @classmethod
    def of_rounds(cls, name: str, ours: Sequence[float], limit: Sequence[float], unit: str) -> "Row":
        """Return the medians of what was measured in turns, and the median of the rounds' ratios.

        What else the machine does slows both halves of a round alike, and rounds unlike each other.
        """
        ratios = [one / other for one, other in zip(ours, limit, strict=True)]
        return cls(name, median(ours), median(limit), unit, median(ratios))

    @property
    def ratio(self) -> float | None:
        if self.rounds_ratio is not None:
            return round(self.rounds_ratio, 3)
        return None if not self.limit else round(self.ours / self.limit, 3)

    def as_dict(self) -> dict[str, str | float | None]:
        fields = asdict(self) | {"ratio": self.ratio}
        return {name: fields[name] for name in ("name", "ours", "limit", "ratio", "unit")}


def print_table(rows: list[Row]) -> None:
    width = max(len(row.name) for row in rows)
    print(f"\n{'what':<{width}}  {'ours':>12}  {'limit':>12}  {'ratio':>7}  unit")
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:,.4g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"{row.name:<{width}}  {row.ours:>12,.4g}  {limit:>12}  {ratio:>7}  {row.unit}")


def write_json(rows: list[Row], path: Path) -> None:
    path.write_text(json.dumps([row.as_dict() for row in rows], indent=2) + "\n")
