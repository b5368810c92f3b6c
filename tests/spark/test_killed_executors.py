"""A run gives what it always gives while executors of the cluster die under it."""

import pytest

from both_engines import build_on_postgresql, first_writes, pending, unequal
from campaign_association.run import run
from cluster import Cluster
from killing import dying_executors, lost_tasks
from spark_worlds import Case, on_spark

pytestmark = pytest.mark.timeout(3600)

# of executors, and of tasks that died with them
ENOUGH_DEATHS = 5
ENOUGH_TASKS = 2


def test_deaths_of_executors_change_no_result(
    platforms: dict[str, Case], cluster: Cluster
) -> None:
    case = platforms["arrays"]
    models = build_on_postgresql(case)
    writes = first_writes(case)
    target = on_spark(case, cluster)
    with dying_executors(cluster) as killed:
        figures = run(target, as_json=True)
    print(f"{len(killed)} executors died, with {lost_tasks(cluster)} tasks")
    assert len(killed) >= ENOUGH_DEATHS
    assert lost_tasks(cluster) >= ENOUGH_TASKS
    wrong = unequal(models, case.on_postgresql, target, cluster)
    assert not wrong, "\n".join(wrong)
    assert figures.write_back.written == writes
    schema = case.on_postgresql.schema
    assert pending(target, target.schema) == pending(target, schema)
