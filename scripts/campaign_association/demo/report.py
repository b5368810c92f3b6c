"""What the demo prints after the run's summary."""

from typing import Any

from rich.console import Console

from campaign_association.demo.accuracy import Counts
from campaign_association.output import count, make_table
from campaign_association.server import Server
from campaign_association.target import Target


def show_accuracy(
    console: Console, counts: Counts, wrong: list[dict[str, Any]]
) -> None:
    """Print precision and recall of the automatic band, and its errors by cause."""
    table = make_table(
        "Automatic associations against the truth",
        "",
        "right campaign",
        "right instance",
    )
    table.add_row(
        f"precision, of {counts.auto_belonging:,} that belong to a campaign",
        _percent(counts.precision),
        _percent(counts.instance_precision),
    )
    table.add_row(
        f"precision, of all {counts.auto:,} automatic ones",
        _percent(counts.precision_of_all),
        _percent(counts.instance_precision_of_all),
    )
    table.add_row(
        f"recall, of all {counts.belonging:,} that belong to one",
        _percent(counts.recall),
        _percent(counts.instance_recall),
    )
    console.print(table)
    columns = ("wrong_campaign", "wrong_instance", "belongs_to_none")
    table = make_table(
        "What the wrong ones have in common",
        "circumstance",
        "auto",
        *(name.replace("_", " ") for name in columns),
    )
    for row in wrong:
        cells = (count(row[name]) for name in columns)
        table.add_row(row["circumstance"], count(row["auto"]), *cells)
    if wrong:
        console.print(table)


def show_next_steps(console: Console, target: Target, here: Server) -> None:
    """Print what to look at next."""
    port = target.params["port"]
    lines = (
        "What to look at next:",
        f"  read the models    PGPASSFILE='{here.password_file}' psql -h 127.0.0.1"
        f" -p {port} -U bi_reader campaign_association",
        f"                     then: table {target.schema}.association_quality;",
        "  run it again       campaign-association run        (writes 0 rows)",
        "  take a run back    campaign-association undo RUN_ID --dry-run",
        "  stop the server    campaign-association server stop",
    )
    console.print("\n".join(lines), soft_wrap=True, markup=False)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
