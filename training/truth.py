"""Open the oracle of a home that holds a simulated world."""

from __future__ import annotations

import msgspec

from data.errors import Misconfigured
from data.identity import Pseudonymiser, open_key
from data.settings import StorageSettings
from data.world import generate
from training.baselines import Oracle

FILE = "world.json"


class _Made(msgspec.Struct, frozen=True):
    size: int
    seed: int
    until: int


def oracle_of(settings: StorageSettings) -> Oracle | None:
    """Return what knows the tastes of the home's visitors, or None when they are real."""
    path = settings.home / FILE
    if not path.exists():
        return None
    try:
        made = msgspec.json.decode(path.read_bytes(), type=_Made)
    except msgspec.DecodeError as error:
        told = f"{path} names no world: {error}; remove it, and training asks no oracle"
        raise Misconfigured(told) from error
    name = Pseudonymiser(open_key(settings)).visitor
    return generate(made.size, made.seed, made.until, pseudonymise=name).truth
