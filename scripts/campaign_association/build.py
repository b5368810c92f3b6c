"""dbt's build of the models with their integrity tests."""

from collections.abc import Sequence

import psycopg

from campaign_association import dbt
from campaign_association.errors import CommandFailed, Refused
from campaign_association.run_figures import problem_rows
from campaign_association.target import Target

# everything that is made of the activities that count for a campaign
METRICS = "int_counted_activities+"


def build_and_test(
    target: Target,
    connection: psycopg.Connection | None,
    watch: dbt.Watcher = lambda *_: None,
    *,
    full_refresh: bool = False,
    exclude: Sequence[str] = (),
    options: Sequence[str] = (),
) -> list[dbt.NodeResult]:
    """Build the models and run the integrity tests; ``watch`` is told of each.

    ``exclude`` and ``options`` are dbt's. What a failed test found is read through the
    ``connection``, if there is one. Raises :class:`CommandFailed` when a model fails,
    :class:`Refused` when a test does.
    """
    # unit tests are about the rules, not about the data: `make test` runs them
    arguments = ["build", *options, "--exclude", "tag:quality", "test_type:unit"]
    arguments += exclude
    if full_refresh:
        arguments.append("--full-refresh")
    results = dbt.invoke(target, arguments, watch)
    broken = [result for result in results if result.is_broken]
    if not broken:
        return results
    report = describe(connection, broken)
    built = all(
        result.kind == "test" for result in results if result.status in dbt.FAILED
    )
    if built:
        raise Refused(
            f"Integrity tests failed, so nothing was written back:\n{report}\n"
            "Mend the data they name and run again."
        )
    if "due to lock timeout" in report:
        report += "\nAnother session keeps a table locked: run again when it has ended."
    raise CommandFailed(f"dbt could not build the models:\n{report}")


def describe(
    connection: psycopg.Connection | None, broken: Sequence[dbt.NodeResult]
) -> str:
    """Return a line a broken node: what dbt said, or the problems a test found."""
    lines = []
    for result in broken:
        problems: list[str] = []
        if connection and result.relation:
            problems = problem_rows(connection, result.relation)
        lines += [f"  {result.name}: {text}" for text in problems or [result.message]]
    return "\n".join(lines)
