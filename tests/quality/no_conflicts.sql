-- Nobody else's value stands where an association wants another.
{{ pending_figure('conflicts', 'conflict') }}
