"""Who is shown what is popular in place of personal picks, so that picks can be judged."""

from __future__ import annotations

from collections.abc import Callable

from data.catalogue import Catalogue
from data.schemas import key64


class Holdout:
    """Draw each visitor's arm, the same as long as the share stays the same."""

    def __init__(
        self, default: float, least_visitors: int, visitors_of: Callable[[str], int]
    ) -> None:
        """Hold out the share `default` where a seller has set none and has visitors enough."""
        self._default, self._least, self._visitors_of = default, least_visitors, visitors_of

    def share(self, seller_id: str, catalogue: Catalogue) -> float:
        """Return the share of a seller's visitors who see what is popular; 0 for a tiny one."""
        if self._visitors_of(seller_id) < self._least:
            return 0.0
        seller = catalogue.sellers.get(seller_id)
        own = seller.holdout if seller is not None else None
        return self._default if own is None else own

    def arm(self, seller_id: str, visitor: str, catalogue: Catalogue) -> str:
        """Return which list a visitor is shown: `personal`, `holdout`, or "" without a trial."""
        share = self.share(seller_id, catalogue) if visitor else 0.0
        if not share:
            return ""
        drawn = key64("holdout", f"{seller_id}\x1f{visitor}") / 2**64
        return "holdout" if drawn < share else "personal"
