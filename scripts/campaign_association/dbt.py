"""dbt from Python: the programmatic runner, quiet, with our errors."""

import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import Any

import yaml

from campaign_association.errors import CommandFailed, WrongUsage
from campaign_association.settings import PROJECT_DIR
from campaign_association.target import LOCK_TIMEOUT, Target

# told the name of a node that dbt has finished, how many are done and how many to do
Watcher = Callable[[str, int, int], None]

# leaves manifest and results of the invocation before as they are, and takes less time
NO_ARTIFACTS = "--no-write-json"
OPERATION_ERRORS = ("RunningOperationCaughtError", "RunningOperationUncaughtError")
BROKEN = ("error", "fail", "runtime error")
FAILED = (*BROKEN, "skipped")


@dataclass(frozen=True)
class NodeResult:
    """How one node of the dbt project ended; ``relation`` holds a test's rows.

    Dbt worked on it from ``began`` to ``ended``; on one it skipped, at no time.
    """

    name: str
    unique_id: str
    tags: tuple[str, ...]
    kind: str
    status: str
    message: str | None
    relation: tuple[str, str] | None
    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        """For how long dbt worked on the node."""
        return (self.ended - self.began).total_seconds()

    @property
    def is_broken(self) -> bool:
        """Whether the node failed by itself, rather than for one before it."""
        return self.status in BROKEN


def clock_seconds(results: Iterable[NodeResult]) -> float:
    """Return for how many seconds dbt worked on any of these, by the clock.

    With several threads that is less than the sum of the nodes' seconds.
    """
    total, until = timedelta(), datetime.min
    for result in sorted(results, key=attrgetter("began")):
        total += max(result.ended - max(result.began, until), timedelta())
        until = max(result.ended, until)
    return total.total_seconds()


def invoke(
    target: Target, arguments: Sequence[str], watch: Watcher = lambda *_: None
) -> list[NodeResult]:
    """Run a dbt command on the project and return how every node ended.

    dbt writes its log to ``logs/dbt.log`` and nothing to the terminal. Raises
    :class:`WrongUsage` or :class:`CommandFailed` where dbt stopped before it ran
    anything, with its reason; nodes that failed are among the results.
    """
    results = _results(target, arguments, _node_counter(watch))
    return [_node_result(result) for result in results]


def build(
    target: Target,
    arguments: Sequence[str],
    watch: Watcher = lambda *_: None,
    *,
    failure: str = "dbt could not build the models",
    advice: str = "",
) -> list[NodeResult]:
    """Invoke dbt where every node is needed.

    Raises as :func:`invoke` does, and :class:`CommandFailed` with what dbt said of the
    nodes that failed, between ``failure`` and ``advice``.
    """
    results = invoke(target, arguments, watch)
    broken = [f"  {node.name}: {node.message}" for node in results if node.is_broken]
    if broken:
        raise CommandFailed("\n".join([f"{failure}:", *broken, advice]).strip())
    return results


def compile_analyses(
    target: Target, folder: str, names: Sequence[str]
) -> dict[str, str]:
    """Return the SQL of analyses, by name; nothing is run, no hook either.

    dbt keeps its files in ``folder``, as :func:`own_folder` says. Raises as
    :func:`invoke` does.
    """
    arguments = ["compile", NO_ARTIFACTS, *own_folder(folder), "--select", *names]
    compiled = {}
    for result in _results(target, arguments):
        if str(result.status) in BROKEN:
            raise _failure(result.message)
        compiled[result.node.name] = result.node.compiled_code
    return compiled


def run_operation(
    target: Target, macro: str, values: Mapping[str, str], folder: Sequence[str] = ()
) -> None:
    """Run a macro with these arguments, outside of any build; no hook is run.

    dbt keeps its files in ``folder``, as :func:`own_folder` says. Raises as
    :func:`invoke` does, and :class:`CommandFailed` where the macro fails.
    """
    reasons: list[str] = []

    def note(event: Any) -> None:
        # the result does not say why
        if event.info.name in OPERATION_ERRORS:
            reasons.append(event.data.exc)

    arguments = ["run-operation", NO_ARTIFACTS, macro, *folder]
    _results(target, [*arguments, "--args", yaml.safe_dump(dict(values))], note)
    if reasons:
        raise _failure(reasons[0])


def own_folder(name: str) -> list[str]:
    """Return the option by which an invocation keeps its files apart from a run's.

    dbt parses the whole project anew where variables differ from the last time:
    without a folder of its own a question would make the next run slower.
    """
    parent = os.environ.get("DBT_TARGET_PATH", "target")
    return ["--target-path", str(Path(parent, name))]


def _results(
    target: Target,
    arguments: Sequence[str],
    on_event: Callable[[Any], None] = lambda _: None,
) -> list[Any]:
    from dbt.cli.main import dbtRunner

    # the first option would silence the log file, too
    command = [*arguments, *target.dbt_options, "--log-level", "none"]
    command += ["--log-level-file", "debug"]
    command += ["--vars", yaml.safe_dump(dict(target.overrides))]
    with chdir(PROJECT_DIR), _environment(target), _interrupts() as interrupts:
        try:
            outcome = dbtRunner(callbacks=[on_event, _keep_project]).invoke(command)
        finally:
            gc.unfreeze()
    if interrupts:
        raise KeyboardInterrupt
    if outcome.result is None:
        raise _failure(outcome.exception)
    return outcome.result.results


def _keep_project(event: Any) -> None:
    """Spare what dbt has parsed from Python's garbage collector.

    It would look all of it through now and then, while no thread of dbt's can work.
    """
    if event.info.name == "FoundStats":
        gc.freeze()


@contextmanager
def _environment(target: Target) -> Iterator[None]:
    """Set what dbt's profile reads, and how long its sessions wait for a lock.

    What the user's own PGOPTIONS say wins; poolers that take no options get none.
    """
    before = dict(os.environ)
    limit = f"-c lock_timeout={LOCK_TIMEOUT}"
    os.environ.update(target.environment)
    with suppress(CommandFailed):
        target.connect(options=limit).close()
        os.environ["PGOPTIONS"] = f"{limit} {before.get('PGOPTIONS', '')}"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Note every Ctrl-C: dbt takes one for the end of its work, now and then."""
    seen: list[int] = []
    if current_thread() is not main_thread():
        yield seen
        return

    def note(number: int, frame: FrameType | None) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    def report(lost: Any) -> None:
        # where Python has to drop one, it is noted all the same: no trace of it
        if not isinstance(lost.exc_value, KeyboardInterrupt):
            sys.__unraisablehook__(lost)

    before = signal.signal(signal.SIGINT, note)
    sys.unraisablehook, hook_before = report, sys.unraisablehook
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook_before


def _node_counter(watch: Watcher) -> Callable[[Any], None]:
    def on_event(event: Any) -> None:
        if event.info.name in ("LogModelResult", "LogTestResult", "LogSeedResult"):
            data = event.data
            # dbt calls the number of nodes otherwise where the node is a test
            total = data.num_models if hasattr(data, "num_models") else data.total
            watch(data.node_info.node_name, data.index, total)

    return on_event


def _failure(exception: BaseException | str | None) -> Exception:
    """Return our error for dbt's: its message without the trail of macros."""
    text = str(exception or "dbt failed without saying why; see logs/dbt.log")
    text = re.sub(r"\n\s*> (in|called by) .*", "", text).strip()
    # one error may be wrapped in another
    message = re.sub(r"^((Compilation|Runtime|Database) Error.*\n\s*)+", "", text)
    if message.startswith("Wrong usage: "):
        return WrongUsage(message.removeprefix("Wrong usage: "))
    return CommandFailed(message)


def _node_result(result: Any) -> NodeResult:
    node = result.node
    # hooks have none
    has_relation = getattr(node, "relation_name", None) is not None
    began = [timing.started_at for timing in result.timing if timing.started_at]
    ended = [timing.completed_at for timing in result.timing if timing.completed_at]
    return NodeResult(
        name=node.name,
        unique_id=node.unique_id,
        tags=tuple(getattr(node, "tags", ())),
        kind=str(node.resource_type),
        status=str(result.status),
        message=result.message,
        relation=(node.schema, node.alias) if has_relation else None,
        began=min(began, default=datetime.min),
        ended=max(ended, default=datetime.min),
    )
