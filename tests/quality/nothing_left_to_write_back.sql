-- Every association that may be written is in the platform's tables.
{{ pending_figure('left to write back', 'write') }}
