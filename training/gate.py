"""Decide whether a model may serve: no leak, above the baselines, not behind the champion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scipy import stats

from models.cards import Check, OffPolicy, SliceMetrics, Verdict
from training.config import Gate
from training.evaluate import MODEL, Judgement

CHAMPION: Final = "champion"
FAMILY: Final = 0.05
"""The chance that of all small slices together any is called below popularity by bad luck."""


def decide(
    judgement: Judgement | None,
    champion: str | None,
    config: Gate,
    leaks: Sequence[Check] = (),
    weighed: OffPolicy | None = None,
) -> Verdict:
    """Check a judged model; an unjudged one (None) may only serve where nobody does.

    `champion` is the version that serves, None where there is none that can be loaded: one that
    could not be compared is not replaced either. A baseline is beaten when the interval of the
    paired difference lies above zero; what slices must hold is told at `_slices`. `leaks` are
    checks already made, and count like the others; `weighed` is what logged lists tell, see
    `_served`.
    """
    if judgement is None:
        first = champion is None
        detail = "nobody can serve yet" if first else _uncompared(champion)
        unjudged = Check("unjudged", first, f"too few interactions to judge on; {detail}")
        checks: tuple[Check, ...] = (*leaks, unjudged)
    else:
        checks = (
            *leaks,
            *(_beats(judgement, name, config) for name in config.beats if name in judgement.ranks),
            *_keeps_up(judgement, champion, config),
            *_served(weighed, config),
            *_slices(judgement, config),
        )
    return Verdict(promoted=all(check.passed for check in checks), checks=checks)


def _beats(judgement: Judgement, name: str, config: Gate) -> Check:
    difference = judgement.differences[name]
    ours, theirs = _pair(judgement, name, config)
    detail = (
        f"{config.metric} {ours:.4f} against {theirs:.4f},"
        f" difference {difference.low:+.4f} to {difference.high:+.4f}"
    )
    return Check(f"beats {name}", difference.low > 0, detail)


def _keeps_up(judgement: Judgement, champion: str | None, config: Gate) -> tuple[Check, ...]:
    if CHAMPION not in judgement.ranks:
        return () if champion is None else (Check("not compared", False, _uncompared(champion)),)
    difference = judgement.differences[CHAMPION]
    ours, theirs = _pair(judgement, CHAMPION, config)
    passed = difference.high >= 0 and difference.value >= -config.champion_margin * theirs
    detail = (
        f"{config.metric} {ours:.4f} against {theirs:.4f},"
        f" difference {difference.low:+.4f} to {difference.high:+.4f},"
        f" may lose {config.champion_margin:.1%}"
    )
    return (Check("keeps up with the champion", passed, detail),)


def _uncompared(champion: str | None) -> str:
    by_hand = "to let this model serve all the same: python -m training promote VERSION"
    return f"{champion} serves and was not compared; {by_hand}"


def _served(weighed: OffPolicy | None, config: Gate) -> tuple[Check, ...]:
    """Check that the lists that were served do not speak for the champion.

    They are heard only where they cover both orders: what had no chance in them can be better or
    worse than the rest.
    """
    if weighed is None or CHAMPION not in weighed.policies:
        return ()
    ours, theirs = weighed.policies[MODEL], weighed.policies[CHAMPION]
    behind, heard = theirs.behind, min(ours.covered, theirs.covered) >= config.covered
    told = f"not heard: {ours.covered:.0%} and {theirs.covered:.0%} of the orders had a chance"
    if heard:
        told = (
            f"{ours.value.value:.4f} picks acted on a list against {theirs.value.value:.4f},"
            f" difference {behind.low:+.4f} to {behind.high:+.4f}"
        )
    name = "served lists do not speak for the champion"
    return (Check(name, not heard or behind.high >= 0, told),)


def _slices(judgement: Judgement, config: Gate) -> tuple[Check, ...]:
    """Check every slice against popularity, the large ones one by one, the small ones together.

    A large slice is lost when the interval of the paired difference lies below zero, or when the
    difference itself is more than the margin below. Small slices, such as thousands of sellers,
    are many chances to be unlucky: one is lost when zero lies above its bound at the family's
    level divided by their number (Bonferroni), by Student's t over its visitors.
    """
    large = [part for part in judgement.slices if part.groups >= config.slice_groups]
    small = [part for part in judgement.slices if part.groups < config.slice_groups]
    return (*(_large(part, config) for part in large), *_small(small))


def _large(part: SliceMetrics, config: Gate) -> Check:
    allowed = -config.slice_margin * part.popularity.value
    passed = part.difference.high >= 0 and part.difference.value >= allowed
    return Check(f"{part.dimension} {part.name}: not below popularity", passed, _told(part))


def _small(parts: Sequence[SliceMetrics]) -> tuple[Check, ...]:
    if not parts:
        return ()
    level = FAMILY / len(parts)
    lost = [part for part in parts if _bound(part, level) < 0]
    if lost:
        return tuple(
            Check(f"{part.dimension} {part.name}: not below popularity", False, _told(part))
            for part in lost
        )
    told = f"{len(parts)} slices, none below by more than chance at {level:.2g} each"
    return (Check("small slices: not below popularity", True, told),)


def _bound(part: SliceMetrics, level: float) -> float:
    """Return the upper bound of the slice's mean paired difference."""
    if part.visitors < 2 or part.error == 0:
        return 0.0  # one visitor, or some who do not differ, tell nothing of others
    reach = float(stats.t.ppf(1.0 - level, part.visitors - 1))
    return part.difference.value + reach * part.error


def _told(part: SliceMetrics) -> str:
    return (
        f"{part.model.value:.4f} against {part.popularity.value:.4f} on {part.groups} groups,"
        f" difference {part.difference.low:+.4f} to {part.difference.high:+.4f}"
    )


def _pair(judgement: Judgement, name: str, config: Gate) -> tuple[float, float]:
    return (
        judgement.methods[MODEL][config.metric].value,
        judgement.methods[name][config.metric].value,
    )
