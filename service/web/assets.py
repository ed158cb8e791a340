"""The page's own files, read once and served from memory: scripts, styles, the browser SDK.

Under `/static/{VERSION}/…` a file may be kept for ever, since another content has another address;
under `/static/…` a browser asks each time whether it changed.
"""

from __future__ import annotations

import gzip
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """Hold one file as it goes over the wire, plain and compressed."""

    plain: bytes
    packed: bytes
    media_type: str
    etag: str


def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    etag = f'"{blake2b(plain, digest_size=8).hexdigest()}"'
    return Asset(plain, gzip.compress(plain, 9, mtime=0), TYPES[path.suffix], etag)


def _files(folder: Path) -> dict[str, Asset]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


FILES: Final = _files(FOLDER)
"""Every file by its path below `/static/`."""

VERSION: Final = blake2b(
    "".join(f"{name}{asset.etag}" for name, asset in FILES.items()).encode(), digest_size=6
).hexdigest()
"""Changes when any file changes: scripts import each other, so they have one version together."""


def preloads(*prefixes: str) -> str:
    """Ask for all modules under some paths at once, instead of import by import."""
    return "\n".join(
        f'    <link rel="modulepreload" href="/static/{VERSION}/{name}" />'
        for name in FILES
        if name.endswith(".js") and name.startswith(prefixes)
    )


class Assets:
    """Answer for the files as an ASGI application to be mounted at `/static`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD; raise HTTPException 404 or 405, for the app to word."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"allow": "GET, HEAD"})
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        first, _, rest = name.partition("/")
        kept = first == VERSION
        asset = FILES.get(rest if kept else name)
        if asset is None:
            raise HTTPException(404)
        await _answer(asset, Headers(scope=scope), kept)(scope, receive, send)


def _answer(asset: Asset, asked: Headers, kept: bool) -> Response:
    """Write the reply: compressed where that is understood, empty where nothing changed."""
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if kept else "no-cache",
        "etag": asset.etag,
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",  # the SDK is a module that other sites' pages import
    }
    if asked.get("if-none-match") == asset.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" not in asked.get("accept-encoding", ""):
        return Response(asset.plain, headers=headers, media_type=asset.media_type)
    headers["content-encoding"] = "gzip"
    return Response(asset.packed, headers=headers, media_type=asset.media_type)
