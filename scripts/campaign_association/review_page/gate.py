"""The gate before every request: no page, file or web socket without a session.

The token of the start is needed in the URL once; it is gone from the address bar with
the redirect that sets the cookie. Elsewhere than on this machine the gate asks for
handle and password. Its own page is plain HTML: nothing of Streamlit comes before a
session.
"""

import asyncio
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaign_association.review_page.access import Access

TOKEN = "token"
PAGE = Template((Path(__file__).parent / "gate.html").read_text())
NO_TOKEN = (
    "<p>Open the link that <code>campaign-association review</code> printed: it holds "
    "the token of this start. If you had opened it, your session has ended.</p>"
)
FORM = """
<form method="post" action="/login">
  <label>Handle <input name="handle" autocomplete="username" required autofocus></label>
  <label>Password
    <input name="password" type="password" autocomplete="current-password" required>
  </label>
  <button>Log in</button>
</form>
"""
WRONG = '<p role="alert">Handle or password is wrong.</p>'
EVERYWHERE = {
    # with less the browser would not tell the origin of the log-in form
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HEADERS = EVERYWHERE | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'",
}


class Gate:
    """Lets requests with a session pass, and begins sessions."""

    def __init__(self, app: ASGIApp, access: Access, cookie: str) -> None:
        self.app = app
        self.access = access
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        session = HTTPConnection(scope).cookies.get(self.cookie)
        is_known = self.access.handle(session) is not None
        if scope["type"] == "websocket":
            if is_known:
                await self.app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        response = await self._answer(request, session, is_known)
        if response is None:
            await self.app(scope, receive, _guarded(send))
        else:
            await response(scope, receive, send)

    async def _answer(
        self, request: Request, session: str | None, is_known: bool
    ) -> Response | None:
        """Return the gate's own answer; None where the page is to give one."""
        if self.access.token and TOKEN in request.query_params:
            return self._by_token(request)
        if request.url.path == "/logout":
            self.access.end(session)
            response = _page("<p>You are logged out.</p>" + self._way_in(), 200)
            response.delete_cookie(self.cookie)
            return response
        if request.method == "POST" and request.url.path == "/login":
            return await self._by_password(request)
        if is_known:
            return None
        return _page(self._way_in(), 403)

    def _by_token(self, request: Request) -> Response:
        session = self.access.by_token(request.query_params[TOKEN])
        if session is None:
            return _page(NO_TOKEN, 403)
        kept = [item for item in request.query_params.multi_items() if item[0] != TOKEN]
        # of the path alone: nothing in the URL may lead to another host
        path = "/" + request.url.path.lstrip("/")
        return self._welcome(request, session, f"{path}?{urlencode(kept)}".rstrip("?"))

    async def _by_password(self, request: Request) -> Response:
        if not _is_from_here(request):
            return _page(self._way_in(), 403)
        form = await request.form()
        handle = str(form.get("handle", "")).strip()
        await asyncio.sleep(self.access.pause(handle))
        session = await run_in_threadpool(
            self.access.by_password, handle, str(form.get("password", ""))
        )
        if session is None:
            return _page(WRONG + self._way_in(), 403)
        return self._welcome(request, session, "/")

    def _welcome(self, request: Request, session: str, place: str) -> Response:
        response = RedirectResponse(place, status_code=303, headers=HEADERS)
        response.set_cookie(
            self.cookie,
            session,
            max_age=int(self.access.seconds),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return response

    def _way_in(self) -> str:
        return NO_TOKEN if self.access.token else FORM


def _guarded(send: Send) -> Send:
    """Return a function that sends answers of the page with our headers."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(EVERYWHERE)
        await send(message)

    return guarded


def _page(content: str, status: int) -> HTMLResponse:
    page = PAGE.substitute(
        content=content, title=escape("Campaign association: review")
    )
    return HTMLResponse(page, status, HEADERS)


def _is_from_here(request: Request) -> bool:
    """Tell whether a form was sent by our own page: browsers name its origin."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == request.headers.get("host")
