"""What the verb ``review`` is made of: people have the last word.

:mod:`.queue` reads who waits, :mod:`.decided` what was decided, :mod:`.decisions` makes
what a person means, :mod:`.siblings` tells what else that settles, :mod:`.record`
appends it, :mod:`.report` prints; :mod:`.command` and :mod:`.arguments` are the command
line. What makes a decision
invalid is said once, in the database, by a trigger on
``association_ops.review_decisions``.
"""
