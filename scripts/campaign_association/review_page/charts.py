"""The charts of the pages: colours anybody can tell apart, a text for those who listen.

Blue is confirmed, orange waits for a person, everywhere; what colour says, position,
shape or a label says too. Charts are drawn as SVG, so that their texts are text.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt

Row = dict[str, Any]

# of the palette by Okabe and Ito, made for all kinds of colour vision
BLUE, ORANGE, GREEN, GREY, BLACK = (
    "#0072B2", "#E69F00", "#009E73", "#767676", "#333333",
)  # fmt: skip
CONFIRMED, PENDING = "confirmed", "pending"
SCOPES = alt.Scale(domain=[CONFIRMED, PENDING], range=[BLUE, ORANGE])
# shares of a target, from where and how dark: the bands are told apart by their edges
BANDS = (
    (0.0, 0.5, "#F7F7F7"), (0.5, 0.8, "#EBEBEB"), (0.8, 1.0, "#DADADA"),
)  # fmt: skip
BEYOND = "#C4C4C4"
# where the scale of shares ends, however far beyond its target a campaign is
LONGEST = 3.0
# what became of activities
STATES = {
    "automatic": BLUE,
    "by a person": "#56B4E9",
    "review": ORANGE,
    "unmatched": "#CC79A7",
}
SELECTION = "picked"


def show_as(chart: alt.TopLevelMixin, description: str, *, columns: int = 2) -> Any:
    """Give a chart its text for screen readers and have it drawn as SVG.

    ``columns`` is how many entries of its legend stand beside each other on a phone.
    """
    return (
        chart.properties(
            description=description,
            usermeta={"embedOptions": {"renderer": "svg", "actions": False}},
        )
        .configure_view(stroke=None)
        .configure_axis(labelColor=BLACK, titleColor=BLACK, labelFontSize=12)
        .configure_legend(
            orient="top",
            title=None,
            labelFontSize=12,
            labelColor=BLACK,
            columns=columns,
        )
    )


def gauges(rows: Sequence[Row], *, pick: str | None = None) -> Any:
    """Return one bar a row (``id``, ``text``, ``confirmed``, ``pending``), as shares.

    Confirmed lies before pending, on bands that end at 50, 80 and 100 % of the target;
    a row without target has its text alone. ``pick`` names what a click selects.
    """
    reached = [(row["confirmed"] or 0) + (row["pending"] or 0) for row in rows]
    end = min(LONGEST, max(1.2, 1.02 * max(reached)))
    y = alt.Y("id:N", sort=None, title=None, axis=None)
    x = alt.X("from:Q").scale(domain=[0, end], nice=False, clamp=True)
    x = x.axis(format="%", title="share of target", values=[0, 0.5, 0.8, 1], grid=False)
    background = [
        alt.Chart(alt.Data(values=[{"from": low, "to": high}]))
        .mark_rect(color=colour)
        .encode(x=x, x2="to:Q")
        for low, high, colour in (*BANDS, (1.0, end, BEYOND))
    ]
    edges = (
        alt.Chart(alt.Data(values=[{"from": edge} for edge in (0.5, 0.8, 1.0)]))
        .mark_rule(color=BLACK, strokeDash=[3, 3])
        .encode(x=x)
    )
    bars = (
        alt.Chart(alt.Data(values=_gauge_values(rows)))
        .mark_bar(height={"band": 0.36}, yOffset=8, stroke="white", strokeWidth=0.5)
        .encode(
            x=x,
            x2="to:Q",
            y=y,
            color=alt.Color("scope:N", scale=SCOPES),
            tooltip=["scope:N", alt.Tooltip("text:N", title="figure")],
        )
    )
    if pick:
        bars = bars.add_params(alt.selection_point(name=SELECTION, fields=[pick]))
    words = alt.Chart(alt.Data(values=[dict(row) for row in rows])).encode(
        x=alt.value(4), y=y, text="text:N"
    )
    style = {"align": "left", "dy": -9, "fontSize": 12}
    # the text stands on bands and lines: a halo keeps it readable
    halo = words.mark_text(**style, stroke=BANDS[0][2], strokeWidth=4)
    layers = alt.layer(
        *background, edges, bars, halo, words.mark_text(**style, color=BLACK)
    )
    return layers.properties(height=alt.Step(44), width="container")


def span(row: Row, figure: str, top: float, *, marks: Sequence[Row] = ()) -> Any:
    """Return a figure from confirmed (circle) to with pending (diamond) on one scale.

    ``marks`` are named places on it (``value``, ``name``), such as where a band begins.
    """
    points = [
        {"value": float(row[f"{figure}_{key}"]), "scope": name}
        for key, name in (("confirmed", CONFIRMED), ("with_pending", "with pending"))
        if row[f"{figure}_{key}"] is not None
    ]
    x = alt.X("value:Q", title=None).scale(domain=[0, top]).axis(grid=False)
    names = [CONFIRMED, "with pending"]
    line = alt.Chart(alt.Data(values=points)).mark_line(color=GREY, strokeWidth=3)
    dots = (
        alt.Chart(alt.Data(values=points))
        .mark_point(filled=True, size=170, opacity=1)
        .encode(
            x=x,
            color=alt.Color("scope:N").scale(domain=names, range=[BLUE, ORANGE]),
            shape=alt.Shape("scope:N").scale(domain=names, range=["circle", "diamond"]),
            tooltip=["scope:N", alt.Tooltip("value:Q", format=".2f")],
        )
    )
    layers = [line.encode(x=x), dots]
    if marks:
        places = alt.Chart(alt.Data(values=list(marks))).encode(x=x)
        layers.append(places.mark_rule(color=GREY, strokeDash=[3, 3]))
        layers.append(
            places.mark_text(dy=-22, fontSize=10, color=BLACK).encode(text="name:N")
        )
    return alt.layer(*layers).properties(height=140, width="container")


def over_time(rows: Sequence[Row], figure: str, title: str) -> Any:
    """Return stacked bars, confirmed below pending, one a period.

    A period has its days ``starts_on`` and ``ends_on``, the next one's first.
    """
    values = []
    for row in rows:
        period = {
            "period": str(row["starts_on"]),
            "starts_on": str(row["starts_on"]),
            "ends_on": str(row["ends_on"]),
        }
        confirmed = float(row[f"{figure}_confirmed"])
        both = confirmed + float(row[f"{figure}_pending"])
        for scope, low, high in ((CONFIRMED, 0, confirmed), (PENDING, confirmed, both)):
            ends = {"from": low, "to": high, "value": high - low}
            values.append({**period, "scope": scope, **ends})
    # days are days, whatever the time zone of who looks at them
    x = alt.X("starts_on:T", title=None).scale(type="utc")
    return (
        alt.Chart(alt.Data(values=values))
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=x.axis(labelAngle=0, tickCount=5, grid=False),
            x2="ends_on:T",
            y=alt.Y("from:Q", title=title),
            y2="to:Q",
            color=alt.Color("scope:N", scale=SCOPES),
            tooltip=[
                alt.Tooltip("period:N", title="from"),
                "scope:N",
                alt.Tooltip("value:Q", title=title, format=",.1f"),
            ],
        )
        .add_params(alt.selection_point(name=SELECTION, fields=["period"]))
        .properties(height=260, width="container")
    )


def shares_over_time(rows: Sequence[Row], unit: str) -> Any:
    """Return bars of 100 % a period (``starts_on``), parted by ``state``."""
    values = [
        {
            "starts_on": str(row["starts_on"]),
            # a selection gives back what it was given, not a point in time
            "day": str(row["starts_on"]),
            "state": row["state"],
            "share": float(row["share"] or 0),
            "activities": int(row["activities"]),
            "place": [*STATES].index(row["state"]),
        }
        for row in rows
    ]
    x = alt.X("starts_on:O", title=None).axis(labelAngle=-40, labelOverlap=True)
    if unit == "month":
        x = alt.X("yearmonth(starts_on):O", title=None).axis(
            labelAngle=-40, labelOverlap=True, format="%b %Y"
        )
    scale = alt.Scale(domain=[*STATES], range=[*STATES.values()])
    return (
        alt.Chart(alt.Data(values=values))
        .mark_bar(stroke="white", strokeWidth=0.6)
        .encode(
            x=x,
            y=alt.Y("share:Q", title="share of activities").axis(format="%"),
            color=alt.Color("state:N", scale=scale),
            order="place:Q",
            tooltip=[
                "state:N",
                alt.Tooltip("activities:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
        .add_params(alt.selection_point(name=SELECTION, fields=["day", "state"]))
        .properties(height=340, width="container")
    )


def counts(rows: Sequence[Row], title: str) -> Any:
    """Return a bar a row: ``text``, ``count``, and the ``code`` a click picks."""
    y = alt.Y("code:N", sort=None, title=None, axis=None)
    base = alt.Chart(alt.Data(values=[dict(row) for row in rows]))
    bars = base.mark_bar(color=BLUE, height={"band": 0.36}, yOffset=8).encode(
        x=alt.X("count:Q", title=title).axis(grid=False, tickMinStep=1),
        y=y,
        tooltip=["text:N"],
    )
    texts = base.mark_text(align="left", dy=-9, fontSize=12, color=BLACK).encode(
        x=alt.value(4), y=y, text="text:N"
    )
    pick = alt.selection_point(name=SELECTION, fields=["code"])
    layers = alt.layer(bars.add_params(pick), texts)
    return layers.properties(height=alt.Step(44), width="container")


def precision(
    rows: Sequence[Row], kinds: Sequence[str], thresholds: dict[str, float]
) -> Any:
    """Return shares right by ``score`` and ``kind``, with their intervals."""
    scores = [row["score"] for row in rows]
    lowest = min([*scores, *thresholds.values()])
    x = alt.X("score:Q", title="score").scale(domain=[lowest - 4, 104], nice=False)
    x = x.axis(values=list(range(0, 101, 5)), grid=False)
    scale = {"domain": list(kinds), "range": [BLUE, ORANGE, BLACK]}
    colour = alt.Color("kind:N", scale=alt.Scale(**scale))
    # side by side where several kinds have the same score
    offset = {kind: 9 * (place - 1) for place, kind in enumerate(kinds)}
    layers = []
    for place, kind in enumerate(kinds):
        # a layer is clicked for itself
        pick = alt.selection_point(name=f"{SELECTION}_{place}", fields=["score"])
        mine = [row for row in rows if row["kind"] == kind]
        base = alt.Chart(alt.Data(values=mine)).encode(x=x, color=colour)
        layers.append(
            base.mark_rule(strokeWidth=3, xOffset=offset[kind]).encode(
                y=alt.Y("agreement_lower:Q", title="share right").axis(format="%"),
                y2="agreement_upper:Q",
            )
        )
        layers.append(
            base.mark_point(filled=True, size=110, opacity=1, xOffset=offset[kind])
            .encode(
                y=alt.Y("agreement:Q").scale(domain=[0, 1]),
                shape=alt.Shape("kind:N").scale(
                    domain=list(kinds), range=["circle", "diamond", "square"]
                ),
                tooltip=[
                    "score:Q",
                    "kind:N",
                    alt.Tooltip("agreement:Q", title="share right", format=".1%"),
                    alt.Tooltip("agreement_lower:Q", title="from", format=".1%"),
                    alt.Tooltip("agreement_upper:Q", title="to", format=".1%"),
                    alt.Tooltip("answers:Q", format=","),
                ],
            )
            .add_params(pick)
        )
    places = [{"score": value, "name": name} for name, value in thresholds.items()]
    edges = alt.Chart(alt.Data(values=places)).encode(x=x)
    layers.append(edges.mark_rule(color=GREY, strokeDash=[4, 4]))
    layers.append(
        edges.mark_text(align="left", dx=4, color=BLACK).encode(
            y=alt.datum(0.03), text="name:N"
        )
    )
    return alt.layer(*layers).properties(height=420, width="container")


def _gauge_values(rows: Sequence[Row]) -> list[Row]:
    found = []
    for row in rows:
        if row["confirmed"] is None:
            continue
        start = row["confirmed"]
        for scope, low, high in (
            (CONFIRMED, 0, start),
            (PENDING, start, start + row["pending"]),
        ):
            found.append({**row, "scope": scope, "from": low, "to": high})
    return found
