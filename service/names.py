"""Ids of lists and answers, which tell by their seller's key whose they are."""

from __future__ import annotations

from data.catalogue import Catalogue
from data.schemas import key64
from service.deps import fresh_id


class Names:
    """Give ids to lists and answers; find sellers by them."""

    def __init__(self) -> None:
        """Know nobody: sellers are looked through when a key is met that none of them has."""
        self._by_key: dict[int, str] = {}
        self._known = 0  # how many sellers had come when they were looked through
        self._keys: dict[str, str] = {}

    def recommendation_id(self, seller_id: str) -> str:
        """Return a fresh id of a list of hers."""
        return f"rec_{self._key(seller_id)}{fresh_id()}"

    def answer_id(self, seller_id: str) -> str:
        """Return a fresh id of an answer of hers."""
        return f"ans_{self._key(seller_id)}{fresh_id()}"

    def _key(self, seller_id: str) -> str:
        key = self._keys.get(seller_id)
        if key is None:
            key = self._keys[seller_id] = f"{key64('seller', seller_id):016x}"
        return key

    def owner(self, name: str, catalogue: Catalogue) -> str | None:
        """Return whose list or answer an id names, None when it is none of ours."""
        try:
            key = int(name.partition("_")[2][:16], 16)
        except ValueError:
            return None
        if key not in self._by_key and self._known != catalogue.came:
            self._known = catalogue.came
            sellers = catalogue.shelved() | catalogue.sellers.keys()
            self._by_key = {key64("seller", seller): seller for seller in sellers}
        return self._by_key.get(key)
