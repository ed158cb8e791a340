"""A small simulated world with known tastes: the demo, the tests' data and the load's source."""

from data.world.disorder import disturb
from data.world.truth import Truth
from data.world.world import World, generate

__all__ = ["Truth", "World", "disturb", "generate"]
