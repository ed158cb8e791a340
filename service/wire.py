"""Words and figures that every body on the wire is made of, with their limits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$(?!\n)"
"""No control characters; lone surrogates cannot be decoded in the first place."""
PROSE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
"""The same, but line breaks and tabs may stand."""
_SEEN: Final = r"^(?=[\s\u200b-\u200d\u2060\ufeff]*[^\s\u200b-\u200d\u2060\ufeff])"
SAID_LINE: Final = _SEEN + LINE.removeprefix("^")
SAID: Final = _SEEN + PROSE.removeprefix("^")
"""The same of texts that are read by people: something of them can be seen."""

PLACEMENT: Final = r"^[a-z][a-z0-9_]*$"
LOCALE: Final = r"^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]+)*$"
TIMEZONE: Final = r"^[A-Za-z0-9_+/-]*$"
ORIGIN: Final = r"^https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?/?$"
ADDRESS: Final = r"^(?:https?://|/(?!/))[^\s<>\"']*$|^$"

EXPECTED: Final = {
    PLACEMENT: "expected small letters, digits and _ behind a letter, such as product_page",
    LOCALE: "expected a language tag, such as zh or en-US",
    TIMEZONE: "expected an IANA time zone, such as Asia/Shanghai",
    ORIGIN: "expected the origin of a page, such as https://shop.example",
    ADDRESS: "expected an address that begins with https://, http:// or /, without spaces",
}
"""What each pattern asks for; the others forbid control characters alone."""

Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=LINE)]
Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=LINE)]
Title = Annotated[str, Meta(max_length=300, pattern=LINE)]
Prose = Annotated[str, Meta(max_length=10_000, pattern=PROSE)]
Name = Annotated[str, Meta(min_length=1, max_length=300, pattern=SAID_LINE)]
Question = Annotated[str, Meta(min_length=1, max_length=500, pattern=SAID)]
Told = Annotated[str, Meta(min_length=1, max_length=4_000, pattern=SAID)]
Snippet = Annotated[str, Meta(min_length=1, max_length=200, pattern=SAID)]
Address = Annotated[str, Meta(max_length=2_000, pattern=ADDRESS)]
Expression = Annotated[str, Meta(max_length=500)]
Amount = Annotated[float, Meta(ge=0, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Moment = Annotated[int, Meta(ge=0, le=10**14)] | Annotated[datetime, Meta(tz=True)]
Switch = Literal["on", "off"]
