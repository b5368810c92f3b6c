"""What changes for all worlds at once between runs: days, rules, books, ill fates."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from reference.variables import VARIABLE_SETS, point_sets, variable_sets, variables_of
from reference.world import DEFAULT_POINTS

# what changes for all worlds at once before a run, in an order that is drawn
CHANGES = ("nothing", "nothing", "day", "rules")
# runs that came to a bad end, or that people made otherwise, before the run that counts
FATES = (
    "cut short", "without queue", "failed to merge", "nothing",
    "associations alone", "failed to forget", "full refresh cut short", "full refresh",
)  # fmt: skip
# what becomes of the books at a round's start, in turn
BOOKS = ("lock", "nothing", "unlock", "lock", "lock")


@dataclass(frozen=True)
class Round:
    """What is the same for all worlds of a run: the rules, and a fate before it.

    ``reach`` is the share of the models that a run gets to before it is cut short, and
    ``tried`` are the variables it has. Before all that the books are closed before the
    day ``closes``, or opened where ``opens``.
    """

    variables: dict[str, Any]
    points: dict[str, int]
    tried: dict[str, Any]
    fate: str = "nothing"
    reach: float = 1.0
    closes: date | None = None
    opens: bool = False


@st.composite
def rounds(draw: st.DrawFn, count: int, number: int) -> list[Round]:
    """Draw a first round and ``count`` later ones; most leave the rules alone.

    The fates are taken in turn, so that a few sequences meet all of them.
    """
    variables = variables_of(draw(st.sampled_from([{}, {}, *VARIABLE_SETS.values()])))
    found = [Round(variables, dict(DEFAULT_POINTS), variables)]
    closed = None
    changes = [draw(st.permutations(CHANGES)) for _ in range(-(-count // len(CHANGES)))]
    for place, change in enumerate([each for some in changes for each in some][:count]):
        turn = number * count + place
        books = BOOKS[turn % len(BOOKS)]
        if books == "unlock":
            closed = None
        closes = draw(closing_day(found[-1], closed)) if books == "lock" else None
        closed = closes or closed
        changed = replace(
            found[-1],
            fate=FATES[turn % len(FATES)],
            reach=draw(st.floats(0.2, 0.95)),
            closes=closes,
            opens=books == "unlock",
        )
        if change == "day":
            changed = replace(changed, variables=draw(another_day(changed.variables)))
        elif change == "rules":
            changed = draw(other_rules(changed))
        tried = draw(st.sampled_from([changed, changed, draw(other_rules(changed))]))
        found.append(replace(changed, tried=tried.variables))
    return found


@st.composite
def closing_day(draw: st.DrawFn, last: Round, closed: date | None) -> date | None:
    """Draw a day to close the books before: none after the last run's, none earlier."""
    today = date.fromisoformat(last.variables["as_of_date"])
    day = today - timedelta(days=draw(st.sampled_from([0, 2, 5, 10])))
    day = max(day, closed or day)
    return day if day <= today else None


@st.composite
def another_day(draw: st.DrawFn, variables: dict[str, Any]) -> dict[str, Any]:
    """Draw variables of another day: most often a later one."""
    today = date.fromisoformat(variables["as_of_date"])
    days = draw(st.sampled_from([1, 2, 3, 7, -1, -4]))
    return variables | {"as_of_date": (today + timedelta(days=days)).isoformat()}


@st.composite
def other_rules(draw: st.DrawFn, before: Round) -> Round:
    """Draw another value of one variable (thresholds together), or other points."""
    drawn = draw(variable_sets())
    del drawn["as_of_date"]
    thresholds = ("review_threshold", "auto_threshold")
    single = ((name,) for name in drawn if name not in thresholds)
    choices = [
        names
        for names in (thresholds, *single)
        if any(drawn[name] != before.variables[name] for name in names)
    ]
    chosen = draw(st.sampled_from([("points",), *choices]))
    if chosen == ("points",):
        return replace(before, points=draw(point_sets()))
    changed = {name: drawn[name] for name in chosen}
    return replace(before, variables=before.variables | changed)
