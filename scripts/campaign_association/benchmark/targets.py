"""The ratios that the project promises, beside those that were measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaign_association.benchmark.association import AssociationFigures
from campaign_association.benchmark.growth import GrowthFigures
from campaign_association.benchmark.incremental import (
    UNCHANGED,
    IncrementalFigures,
    change_name,
)
from campaign_association.benchmark.writing import WritingFigures


@dataclass(frozen=True)
class Figures:
    """What was measured; parts that were left out are None."""

    association: AssociationFigures | None = None
    writing: WritingFigures | None = None
    incremental: IncrementalFigures | None = None
    growth: GrowthFigures | None = None


@dataclass(frozen=True)
class Ratio:
    """A measured ratio and its target: a ``limit``, or a least value."""

    name: str
    value: float
    target: float
    is_limit: bool = True

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        if self.is_limit:
            return self.value <= self.target
        return self.value >= self.target

    @property
    def target_text(self) -> str:
        """The target in words."""
        return f"at {'most' if self.is_limit else 'least'} {self.target:,g}"

    def as_dict(self) -> dict[str, Any]:
        """Return the ratio, for programs."""
        return {
            "name": self.name,
            "value": round(self.value, 3),
            "target": self.target_text,
            "met": self.is_met,
        }


def ratios(figures: Figures) -> list[Ratio]:
    """Return the ratios of all parts that were measured, dbt's start-up left out."""
    return [
        *_of_association(figures.association),
        *_end_to_end(figures.association, figures.writing),
        *_of_writing(figures.writing),
        *_of_growth(figures.growth),
        *_of_incremental(figures.incremental),
    ]


def end_to_end(
    association: AssociationFigures, writing: WritingFigures
) -> dict[str, float]:
    """Return the seconds from tables to written ids, of the project and of DuckDB.

    Both write the same links with the project's writer. The integrity tests, without
    which the project writes nothing, are in neither.
    """
    duckdb = association.duckdb
    return {
        "project": association.models.work + writing.writer,
        "duckdb": duckdb.load + duckdb.associate + duckdb.bring_back + writing.writer,
    }


def _of_association(figures: AssociationFigures | None) -> Iterator[Ratio]:
    if figures is None:
        return
    associations = figures.models.associations
    yield Ratio(
        "models up to the associations / hand-tuned statement",
        associations / figures.hand_tuned,
        1.3,
    )
    yield Ratio(
        "activities a second: models / record by record, writing left out",
        figures.activities / associations / figures.connector_rate,
        500,
        is_limit=False,
    )


def _end_to_end(
    association: AssociationFigures | None, writing: WritingFigures | None
) -> Iterator[Ratio]:
    if association is None or writing is None:
        return
    seconds = end_to_end(association, writing)
    yield Ratio(
        "tables to written ids: project / DuckDB with its load",
        seconds["project"] / seconds["duckdb"],
        1,
    )


def _of_writing(figures: WritingFigures | None) -> Iterator[Ratio]:
    if figures is not None:
        yield Ratio(
            "project's writer / bare UPDATE", figures.writer / figures.bare_update, 1.4
        )


def _of_growth(figures: GrowthFigures | None) -> Iterator[Ratio]:
    if figures is not None and figures.exponent is not None:
        yield Ratio("growth exponent of the models", figures.exponent, 1.05)


def _of_incremental(figures: IncrementalFigures | None) -> Iterator[Ratio]:
    if figures is None:
        return
    one_percent = change_name(0.01)
    yield Ratio(f"run after {one_percent} / full run", figures.share(one_percent), 0.15)
    yield Ratio("run after no change / full run", figures.share(UNCHANGED), 0.1)
