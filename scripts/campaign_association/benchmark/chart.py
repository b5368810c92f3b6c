"""The chart of a benchmark: who takes how long to associate, how the models grow."""

from pathlib import Path
from typing import Any

from campaign_association.benchmark.association import AssociationFigures
from campaign_association.benchmark.duck import missing_package
from campaign_association.benchmark.growth import GrowthFigures
from campaign_association.benchmark.targets import Figures
from campaign_association.errors import CommandFailed, WrongUsage

ASSOCIATING, OTHERS = "#3b6ea5", ("#8fb3d9", "#c3d6ea")


def check_chart(path: Path) -> None:
    """Raise where no chart could be drawn into the file, before hours are spent."""
    if path.suffix.lower() != ".png":
        raise WrongUsage(f"--chart {path}: the chart is a PNG; name it so.")
    if not path.resolve().parent.is_dir():
        raise WrongUsage(f"--chart {path}: there is no folder {path.resolve().parent}.")
    _pyplot()


def draw_chart(figures: Figures, path: Path) -> None:
    """Draw what was measured of association and growth."""
    drawn = [part for part in (figures.association, figures.growth) if part]
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(
        1, len(drawn), figsize=(6.4 * len(drawn), 4.2), squeeze=False
    )
    for part, axis in zip(drawn, axes[0], strict=True):
        if isinstance(part, AssociationFigures):
            _draw_association(axis, part)
        else:
            _draw_growth(axis, part)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    figure.tight_layout()
    try:
        figure.savefig(path, dpi=130)
    except OSError as error:
        raise CommandFailed(f"The chart could not be written: {error}") from error
    finally:
        pyplot.close(figure)


def _draw_association(axis: Any, figures: AssociationFigures) -> None:
    """A bar a way, of the steps it is made up of."""
    duckdb, models = figures.duckdb, figures.models
    bars: dict[str, dict[str, float]] = {
        "models": {
            "associations": models.associations,
            "queue and records": models.afterwards,
        },
        "hand-tuned statement": {"associations": figures.hand_tuned},
        "DuckDB": {
            "load": duckdb.load,
            "associations": duckdb.associate,
            "bring back": duckdb.bring_back,
        },
    }
    names = list(reversed(bars))
    for row, name in enumerate(names):
        left = 0.0
        others = iter(OTHERS)
        for step, seconds in bars[name].items():
            colour = ASSOCIATING if step == "associations" else next(others)
            axis.barh(row, seconds, left=left, color=colour, edgecolor="white")
            if len(bars[name]) > 1 and seconds > 0.08 * _longest(bars):
                axis.text(left + seconds / 2, row + 0.47, step, ha="center", fontsize=7)
            left += seconds
        axis.text(left, row, f" {left:,.1f} s", va="center", fontsize=9)
    axis.set_yticks(range(len(names)), names)
    axis.set_xlim(0, 1.15 * _longest(bars))
    axis.set_xlabel("seconds, dbt's start-up left out")
    axis.set_title(f"Associating {figures.activities:,} activities", loc="left")


def _longest(bars: dict[str, dict[str, float]]) -> float:
    return max(sum(steps.values()) for steps in bars.values())


def _draw_growth(axis: Any, figures: GrowthFigures) -> None:
    """Seconds by size, both logarithmic, beside the line of the best fit."""
    sizes = [run.activities for run in figures.runs]
    seconds = figures.growing_seconds
    axis.loglog(sizes, seconds, "o", color=ASSOCIATING)
    title = "First run of the models by activities"
    exponent = figures.exponent
    if exponent is not None:
        middle = len(sizes) // 2
        factor = seconds[middle] / sizes[middle] ** exponent
        fitted = [factor * size**exponent for size in sizes]
        axis.loglog(sizes, fitted, "-", color=OTHERS[0])
        title += f": exponent {exponent:.2f}"
    for size, value in zip(sizes, seconds, strict=True):
        axis.annotate(
            f"{value:,.1f} s", (size, value), (6, -10), textcoords="offset points"
        )
    axis.set_xlabel("activities")
    axis.set_ylabel("seconds beyond the fixed cost")
    axis.set_title(title, loc="left")


def _pyplot() -> Any:
    try:
        import matplotlib
    except ImportError as error:
        raise missing_package("matplotlib") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
