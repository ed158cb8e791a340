"""Store URLs, taken apart once: `scheme://path?option=value`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, unquote

from data.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class StoreUrl:
    """Hold the parts; `path` is what follows `scheme://`, percent-decoded."""

    text: str
    scheme: str
    path: str
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split a URL; a text without `://` has an empty scheme."""
        scheme, separator, rest = text.partition("://")
        if not separator:
            return cls(text, "", text)
        path, _, query = rest.partition("?")
        return cls(
            text, scheme.lower(), unquote(path), dict(parse_qsl(query, keep_blank_values=True))
        )

    def refuse_options(self, known: Iterable[str]) -> None:
        """Raise `Misconfigured` for an option that the adapter does not know."""
        known = tuple(known)
        for name in self.options:
            if name not in known:
                names = ", ".join(known) or "none"
                raise Misconfigured(f"{self}: unknown option {name!r} (known: {names})")

    def __str__(self) -> str:
        """Show the URL without a password or options."""
        shown = self.path.rpartition("@")[2]
        return f"{self.scheme}://{shown}"
