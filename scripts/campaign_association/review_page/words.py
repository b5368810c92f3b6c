"""How figures and codes read on the pages; NULL is "no basis", never 0."""

from datetime import date
from decimal import Decimal
from typing import Any

from campaign_association.review_page.drawing import WHY
from campaign_association.review_page.filters import in_words

NO_BASIS = "no basis"
NO_DAY = "no date"

Number = int | float | Decimal | None

UNMATCHED = {
    "missing_date": "no date",
    "future_dated": "dated in the future",
    "unknown_beneficiary": "beneficiary is not on the platform",
    "missing_company": "nobody of it has a company",
    "no_campaign_for_company": "company has no campaign",
    "no_campaign_on_date": "no campaign on the date",
    "no_campaign_for_program_type": "no campaign of the program type",
    "low_confidence": "best score too low",
}
WARNINGS = {
    "twin_campaigns": "campaigns that nothing tells apart",
    "parallel_cohorts": "cohorts that nothing tells apart",
    "unmatchable_group": "tags that nobody has",
    "window_without_instance": "days without a cohort",
    "instance_outside_window": "cohort outside its campaign's window",
    "instance_reversed": "cohort that ends before it starts",
    "instance_without_start": "cohort without a start",
    "window_reversed": "window that ends before it starts",
    "window_missing": "no start or end",
    "template_without_type": "no program type",
    "group_missing": "beneficiary group is gone",
    "weak_points": "company and date alone associate",
}
RECOMMENDATIONS = {
    "capacity_expansion": "more capacity",
    "performance_boost": "build on what works",
    "engagement_boost": "keep the pace",
    "bundle_upgrade": "bundle campaigns",
    "none": "nothing yet",
}


def words(code: str | None) -> str:
    """Return a code in words; one that is not known, with blanks."""
    if code is None:
        return ""
    for known in (UNMATCHED, WHY, WARNINGS, RECOMMENDATIONS):
        if code in known:
            return known[code]
    return in_words(code)


def number(value: Number, digits: int = 0) -> str:
    """Return a number with thousands marked, or "no basis"."""
    return NO_BASIS if value is None else f"{value:,.{digits}f}"


def percent(share: Number, digits: int = 0) -> str:
    """Return a share, 1 being 100 %."""
    return NO_BASIS if share is None else f"{100 * share:,.{digits}f} %"


def between(low: str, high: str) -> str:
    """Return a range; only once what is the same at both ends."""
    return low if low == high else f"{low} to {high}"


def number_range(row: dict[str, Any], figure: str, digits: int = 0) -> str:
    """Return a figure of a public model, from confirmed to with pending."""
    confirmed, pending = row[f"{figure}_confirmed"], row[f"{figure}_with_pending"]
    return between(number(confirmed, digits), number(pending, digits))


def percent_range(row: dict[str, Any], figure: str) -> str:
    """Return the same of a share."""
    confirmed, pending = row[f"{figure}_confirmed"], row[f"{figure}_with_pending"]
    return between(percent(confirmed), percent(pending))


def day(value: date | None) -> str:
    """Return a date; what has none says so."""
    return f"{value:%-d %b %Y}" if value else NO_DAY
