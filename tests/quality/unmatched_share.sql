-- Not too many activities stay without a campaign.
{{ share_figure('unmatched', 'unmatched', 'assessed', 'max_unmatched_share') }}
