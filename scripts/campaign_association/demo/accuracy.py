"""How right the automatic associations are, against the truth of the demo platform."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from campaign_association.demo.generator import truth_schema
from campaign_association.target import Target

COUNTS = sql.SQL(
    """
    select
        count(*) filter (where decision = 'auto') as auto,
        count(*) filter (
            where decision = 'auto' and truth.campaign_id is not null
        ) as auto_belonging,
        count(*) filter (
            where decision = 'auto' and {right_campaign}
        ) as right_campaign,
        count(*) filter (
            where decision = 'auto' and {right_instance}
        ) as right_instance,
        count(*) filter (
            where truth.campaign_id is not null and activity_date <= {as_of_date}
        ) as belonging
    from {associations} as associations
    inner join {truth} as truth using (activity_type, activity_id)
    """
)
WRONG_BY_CIRCUMSTANCE = sql.SQL(
    """
    select
        circumstance,
        count(*) as auto,
        count(*) filter (
            where truth.campaign_id is not null and not {right_campaign}
        ) as wrong_campaign,
        count(*) filter (
            where {right_campaign} and not {right_instance}
        ) as wrong_instance,
        count(*) filter (where truth.campaign_id is null) as belongs_to_none
    from {associations} as associations
    inner join {truth} as truth using (activity_type, activity_id)
    where decision = 'auto'
    group by circumstance
    having count(*) filter (where not {right_instance}) > 0
    order by count(*) filter (where not {right_instance}) desc, circumstance
    """
)
RIGHT = {
    "right_campaign": sql.SQL(
        "associations.campaign_id is not distinct from truth.campaign_id"
        " and truth.campaign_id is not null"
    ),
    "right_instance": sql.SQL(
        "associations.program_instance_id is not distinct from"
        " truth.program_instance_id and truth.program_instance_id is not null"
    ),
}


@dataclass(frozen=True)
class Counts:
    """Activities: automatic ones, the right ones among them, and all that belong."""

    auto: int
    auto_belonging: int
    right_campaign: int
    right_instance: int
    belonging: int

    @property
    def precision(self) -> float | None:
        """Share of the automatic ones that belong to any campaign, in the right one."""
        return _share(self.right_campaign, self.auto_belonging)

    @property
    def instance_precision(self) -> float | None:
        """The same for the right program instance."""
        return _share(self.right_instance, self.auto_belonging)

    @property
    def precision_of_all(self) -> float | None:
        """Share of all automatic ones, also those that belong to none, in the right."""
        return _share(self.right_campaign, self.auto)

    @property
    def instance_precision_of_all(self) -> float | None:
        """The same for the right program instance."""
        return _share(self.right_instance, self.auto)

    @property
    def recall(self) -> float | None:
        """Share of all that belong to a campaign, automatically in the right one."""
        return _share(self.right_campaign, self.belonging)

    @property
    def instance_recall(self) -> float | None:
        """The same for the right program instance."""
        return _share(self.right_instance, self.belonging)


def measure_accuracy(
    connection: psycopg.Connection[Any], target: Target, as_of_date: str
) -> tuple[Counts, list[dict[str, Any]]]:
    """Return the counts, and the wrong ones by circumstance, most frequent first."""
    parts = {
        "associations": sql.Identifier(target.schema, "campaign_associations"),
        "truth": sql.Identifier(truth_schema(target.platform_schema), "activity_truth"),
        "as_of_date": sql.Literal(as_of_date),
        **{
            name: sql.SQL("({})").format(expression)
            for name, expression in RIGHT.items()
        },
    }
    with connection.cursor(row_factory=class_row(Counts)) as cursor:
        counts = cursor.execute(COUNTS.format(**parts)).fetchone()
    with connection.cursor(row_factory=dict_row) as cursor:
        wrong = cursor.execute(WRONG_BY_CIRCUMSTANCE.format(**parts)).fetchall()
    return counts, wrong


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
