-- Of the last 30 days (var recent_days), enough activities are associated.
{{ share_figure(
    'associated, recent', 'recent_associated', 'recent_assessed',
    'min_recent_auto_share', at_least=true
) }}
