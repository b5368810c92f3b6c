"""Superset's settings: one person on their own machine, and nothing goes out."""

import os
from copy import deepcopy
from pathlib import Path

from superset.config import TALISMAN_CONFIG as DEFAULT_TALISMAN_CONFIG

HOME = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (HOME / "secret-key").read_text(encoding="utf-8").strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}"

# no usage statistics, maps, fonts or other calls home: the browser is told to refuse
# every host but this one
TALISMAN_CONFIG = deepcopy(DEFAULT_TALISMAN_CONFIG)
_POLICY = TALISMAN_CONFIG["content_security_policy"]
for _name, _sources in _POLICY.items():
    if isinstance(_sources, list):
        _OWN = ("'", "blob:", "data:")
        _POLICY[_name] = [source for source in _sources if source.startswith(_OWN)]

# one process, one user: keep the state of filters in memory
FILTER_STATE_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache"}
EXPLORE_FORM_DATA_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache"}
RATELIMIT_ENABLED = False
