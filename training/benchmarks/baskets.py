"""Read histories of baskets with the next one held out, in the layout of the reality check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from data.errors import Invalid
from training.benchmarks import readers

HISTORY: Final = "_history.json"
FUTURE: Final = "_future.json"
MARK: Final = [-1]
"""What stands before the first and after the last basket of a user."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """Hold a user: baskets of item names, oldest first, and the basket to foresee.

    An item stands once in a basket.
    """

    user: str
    baskets: list[list[str]]
    future: list[str]


def read(folder: Path) -> list[Shopper]:
    """Read the users that have both a history and a next basket, in the order of the history.

    Raises Invalid for a folder without the two files, for what is no JSON, and for what is no
    basket, with the user whose it is.
    """
    history, future = _only(folder, HISTORY), _only(folder, FUTURE)
    following = {user: baskets for user, baskets in _users(future) if baskets}
    shoppers = []
    for user, baskets in _users(history):
        if baskets and user in following:
            if len(following[user]) > 1:
                why = f"user {user} has {len(following[user])} next baskets"
                raise Invalid(f"{future.name}: {why}")
            shoppers.append(Shopper(user, baskets, following[user][0]))
    if not shoppers:
        raise Invalid(f"{folder} has no user with a history and a next basket")
    return shoppers


def _only(folder: Path, ending: str) -> Path:
    found = sorted((*folder.glob(f"*{ending}"), *folder.glob(f"*{ending}.gz")))
    if len(found) != 1:
        have = "no" if not found else f"{len(found)} files"
        raise Invalid(f"{folder} has {have} *{ending} (plain or .gz)")
    return found[0]


def _users(path: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each user with the baskets that hold anything."""
    try:
        users = json.loads("\n".join(readers.lines(path)))
    except ValueError as error:
        raise Invalid(f"{path.name}: no JSON: {error}") from error
    if not isinstance(users, dict):
        raise Invalid(f"{path.name}: needs one object of users")
    for user, baskets in users.items():
        if not isinstance(baskets, list):
            raise Invalid(f"{path.name}: user {user} has no list of baskets")
        kept = [basket for basket in baskets if basket != MARK]
        for basket in kept:
            if not isinstance(basket, list) or not all(_names(item) for item in basket):
                raise Invalid(f"{path.name}: user {user} has a basket that is no list of items")
        yield user, [list(dict.fromkeys(map(str, basket))) for basket in kept if basket]


def _names(item: object) -> bool:
    return isinstance(item, str | int) and not isinstance(item, bool)
