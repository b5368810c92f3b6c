"""Runs of the project's models up to the associations, and where the time goes."""

import time
from dataclasses import dataclass

from campaign_association import dbt
from campaign_association.progress import step_bar
from campaign_association.target import Target

# the associations, and what has to follow them before the next run can build on them
MODELS = ("run", "--select", "+association_review_queue", "int_locked_outcomes")
AFTERWARDS = ("association_review_queue", "int_locked_outcomes")
DEAREST = 4
# short runs are measured so often and the middle one counts: some seconds of a shared
# machine tell little
REPEATS = 3


@dataclass(frozen=True)
class ModelsRun:
    """Seconds of one dbt invocation, by the clock, and what they are made up of.

    ``associations`` is the models up to the associations; ``afterwards`` the review
    queue and the record of what was associated, by which the next run finds changes.
    The rest is ``start_up``: dbt's own time, where it works on no model.
    """

    run: str
    seconds: float
    associations: float
    afterwards: float
    dearest: dict[str, float]

    @property
    def work(self) -> float:
        """Seconds that went into models."""
        return self.associations + self.afterwards

    @property
    def start_up(self) -> float:
        """Seconds of dbt's own."""
        return self.seconds - self.work


def run_models(
    target: Target, run: str, *, full_refresh: bool = False, shown: bool
) -> ModelsRun:
    """Run the models; ``run`` names it on the terminal and in the figures."""
    arguments = [*MODELS, *(["--full-refresh"] if full_refresh else [])]
    began = time.perf_counter()
    with step_bar(run, shown=shown) as watch:
        results = dbt.build(target, arguments, watch)
    seconds = time.perf_counter() - began
    models = [result for result in results if result.kind == "model"]
    recording = [result for result in results if "on-run-end" in result.name]
    following = [result for result in models if result.name in AFTERWARDS]
    work = dbt.clock_seconds((*models, *recording))
    associations = dbt.clock_seconds(
        result for result in models if result not in following
    )
    return ModelsRun(
        run=run,
        seconds=round(seconds, 2),
        associations=round(associations, 2),
        afterwards=round(work - associations, 2),
        dearest={
            result.name: round(result.seconds, 1)
            for result in sorted(models, key=lambda each: -each.seconds)[:DEAREST]
        },
    )
