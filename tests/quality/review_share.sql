-- Not too many activities wait for a person.
{{ share_figure('in review', 'review', 'assessed', 'max_review_share') }}
