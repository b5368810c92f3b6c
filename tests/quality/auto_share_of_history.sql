-- Over history, enough activities are associated, by rules or by people.
{{ share_figure(
    'associated, all history', 'associated', 'assessed', 'min_auto_share', at_least=true
) }}
