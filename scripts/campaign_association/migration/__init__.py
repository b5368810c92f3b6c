"""What the verb ``migrate`` is made of.

:mod:`.backend` runs the SQL files, :mod:`.states` tells which are pending,
:mod:`.platform` and :mod:`.refusals` look before we leap, :mod:`.down` takes it back.
"""
