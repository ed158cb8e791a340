"""What a page's reply tells the browser that it may do."""

from __future__ import annotations

from collections.abc import Sequence


def headers(pictures: Sequence[str] = ()) -> dict[str, str]:
    """Return a page's headers; `pictures` are further origins that pictures may come from.

    Nothing runs but our own files, nothing else is loaded from elsewhere, no text becomes markup.
    """
    images = " ".join(("img-src 'self' data:", *pictures))
    return {
        "cache-control": "private, no-cache",
        "content-security-policy": (
            f"default-src 'none'; script-src 'self'; style-src 'self'; {images}; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "strict-origin-when-cross-origin",
        "x-content-type-options": "nosniff",
    }
