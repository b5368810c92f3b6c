"""How often the made-up platform deviates from the ideal: every rate in one place.

Shares from 0 to 1, drawn for each row on its own. Read by the generate_*.sql scripts.
"""

NOISE: dict[str, float] = {
    # -- people ---------------------------------------------------------------------
    # person without a usable tag: NULL, an empty array, or blank and NULL elements
    "tags_missing": 0.08,
    # person whose tags lost one of the group's or gained one of another group
    "tags_wrong": 0.15,
    # tags in upper case, with blanks, or one twice (harmless once cleaned)
    "tags_untidy": 0.12,
    # member of a second company
    "several_companies": 0.03,
    # membership recorded twice
    "duplicate_membership": 0.01,
    # user who is a member of no company
    "no_company": 0.03,
    # beneficiary who goes on to the next renewal
    "continues": 0.18,
    # beneficiary who also takes part in another service for the same group
    "second_service": 0.10,
    # -- enrolments -----------------------------------------------------------------
    # participation that has an enrolment at all
    "enrolled": 0.70,
    # of the enrolments: names any older cohort, or a wrong one
    "stale_enrolment": 0.08,
    # of the enrolments: dropped, although there are activities
    "dropped_enrolment": 0.05,
    # of the enrolments: no instance, or one that does not exist
    "null_instance": 0.01,
    "dangling_instance": 0.01,
    # -- campaigns ------------------------------------------------------------------
    # series of campaigns for everybody (group without tags, or no group)
    "open_group": 0.08,
    # renewal that starts two to three weeks before the campaign it renews ends; the
    # others start after a gap of some days
    "renewal_overlaps": 0.75,
    # series that ended for good before as_of
    "series_ended": 0.30,
    # campaign with a true twin: same company, type, group and dates
    "twin_campaign": 0.01,
    # campaign with a draft copy that never ran
    "draft_copy": 0.02,
    # campaign that was switched off (is_active false) although it ran
    "campaign_inactive": 0.005,
    # campaign set to paused while it runs, or still recruiting or planned
    "campaign_paused": 0.02,
    "status_behind": 0.08,
    # two or three cohorts side by side / one after the other; else one cohort
    "parallel_cohorts": 0.06,
    "sequential_cohorts": 0.28,
    # cohort set to paused / without an end date (last cohort of a series only)
    "cohort_paused": 0.005,
    "cohort_open_end": 0.10,
    # -- activities -----------------------------------------------------------------
    # belongs to no campaign, although it looks as if: private use by participants
    # during their cohort
    "private_use": 0.015,
    # belongs to no campaign: another service, used in private on any day
    "other_service": 0.010,
    # belongs to no campaign: from before the first one
    "before_campaigns": 0.008,
    # session made up for one to ten days after its cohort had ended
    "made_up_after_end": 0.015,
    # no date at all
    "missing_date": 0.003,
    # a beneficiary whom the users table does not know
    "unknown_beneficiary": 0.002,
    # within half an hour of midnight UTC
    "near_midnight": 0.03,
    # session that was scheduled but not held
    "not_held": 0.10,
}
