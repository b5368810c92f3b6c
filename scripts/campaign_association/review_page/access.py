"""Who may see the page: sessions, begun by the token of this start or by a login."""

import secrets
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic

from campaign_association.review_page.reviewers import Reviewers

SESSION_SECONDS = 8 * 60 * 60
# a guess of a password costs this much more after each one before it
PAUSE_SECONDS = 0.5
MOST_PAUSES = 10


@dataclass
class Access:
    """The doorkeeper of one start of the page.

    On this machine ``token`` lets ``reviewer`` in; elsewhere there is no token, and
    each of ``reviewers`` logs in with a password. A session ends ``seconds`` after it
    began, and with the program.
    """

    reviewer: str | None = None
    reviewers: Reviewers | None = None
    seconds: float = SESSION_SECONDS
    token: str | None = field(default=None, repr=False)
    _sessions: dict[str, tuple[str, float]] = field(default_factory=dict, repr=False)
    _failures: dict[str, int] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        if self.reviewers is None:
            self.token = secrets.token_urlsafe(32)

    def by_token(self, token: str) -> str | None:
        """Begin a session for whoever has the token; return its secret."""
        if self.token is None or self.reviewer is None:
            return None
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return None
        return self._begin(self.reviewer)

    def by_password(self, handle: str, password: str) -> str | None:
        """Begin a session for a reviewer; return its secret, None where it is wrong."""
        if self.reviewers is None or not self.reviewers.verify(handle, password):
            with self._lock:
                self._failures[handle] = self._failures.get(handle, 0) + 1
            return None
        with self._lock:
            self._failures.pop(handle, None)
        return self._begin(handle)

    def pause(self, handle: str) -> float:
        """Return for how many seconds the next log-in of a handle has to wait."""
        with self._lock:
            return PAUSE_SECONDS * min(self._failures.get(handle, 0), MOST_PAUSES)

    def handle(self, session: str | None) -> str | None:
        """Return whose session it is; None where there is none, or it has expired."""
        with self._lock:
            handle, ends = self._sessions.get(session or "", (None, 0.0))
            return handle if monotonic() < ends else None

    def end(self, session: str | None) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.pop(session or "", None)

    def _begin(self, handle: str) -> str:
        session, now = secrets.token_urlsafe(32), monotonic()
        with self._lock:
            living = {
                key: kept for key, kept in self._sessions.items() if kept[1] > now
            }
            self._sessions = {**living, session: (handle, now + self.seconds)}
        return session
