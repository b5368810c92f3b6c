"""How a first run of the models grows with the platform, and what it costs at least."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from campaign_association import dbt
from campaign_association.benchmark.association import watched_memory
from campaign_association.benchmark.models import REPEATS, ModelsRun, run_models
from campaign_association.benchmark.playground import playground, settle

# a platform so small that only the fixed cost is left
SMALLEST = 1_000
# up to here a run is a short one
SHORT = 100_000


@dataclass(frozen=True)
class SizedRun:
    """A first run on a platform of so many activities."""

    activities: int
    models: ModelsRun
    peak_megabytes: int


@dataclass(frozen=True)
class GrowthFigures:
    """The fixed cost, and first runs from the smallest platform to the largest."""

    fixed: SizedRun
    runs: list[SizedRun]

    @property
    def growing_seconds(self) -> list[float]:
        """Seconds of each run's models that the smallest platform does not take."""
        return [run.models.work - self.fixed.models.work for run in self.runs]

    @property
    def exponent(self) -> float | None:
        """The k of seconds = c * activities^k that fits best; 1 is proportional."""
        pairs = list(zip(self.runs, self.growing_seconds, strict=True))
        if len(pairs) < 2 or min(seconds for _, seconds in pairs) <= 0:
            return None
        xs = [log(run.activities) for run, _ in pairs]
        ys = [log(seconds) for _, seconds in pairs]
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        covariance = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
        return covariance / sum((a - x) ** 2 for a in xs)


def measure_growth(sizes: Sequence[int], *, shown: bool = False) -> GrowthFigures:
    """Run the models on new platforms of these sizes, one after the other."""
    fixed, *runs = [
        _middle_run(size, shown) for size in (SMALLEST, *sorted(set(sizes)))
    ]
    return GrowthFigures(fixed, runs)


def _middle_run(activities: int, shown: bool) -> SizedRun:
    repeats = REPEATS if activities <= SHORT else 1
    runs = [_first_run(activities, shown) for _ in range(repeats)]
    return sorted(runs, key=lambda run: run.models.work)[repeats // 2]


def _first_run(activities: int, shown: bool) -> SizedRun:
    with playground(activities, shown=shown) as target:
        dbt.build(target, ["seed"])
        with target.connect(autocommit=True) as connection:
            settle(connection)
        with watched_memory() as peak:
            run = run_models(target, f"{activities:,} activities", shown=shown)
    return SizedRun(activities, run, peak.megabytes)
