"""The table of results, and the same as JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure of ours beside its limit, both from the same run.

    `ratio` is ours / limit; whether more or less is better follows from the unit. A figure without a limit has None.
    """

    name: str
    ours: float
    limit: float | None
    unit: str

    @property
    def ratio(self) -> float | None:
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
