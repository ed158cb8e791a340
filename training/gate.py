"""Decide whether a model may serve: it must beat the baselines and not fall behind the champion."""

from __future__ import annotations

from typing import Final

from models.cards import Check, Verdict
from training.config import Gate
from training.evaluate import MODEL, Judgement

CHAMPION: Final = "champion"


def decide(judgement: Judgement | None, champion: str | None, config: Gate) -> Verdict:
    """Check a judged model; an unjudged one (None) may only serve where nobody does.

    A baseline is beaten when the interval of the paired difference lies above zero; a slice is
    lost when it lies below.
    """
    if judgement is None:
        first = champion is None
        detail = "nobody serves yet" if first else f"{champion} serves and was not compared"
        return Verdict(
            promoted=first,
            checks=(Check("unjudged", first, f"too few interactions to judge on; {detail}"),),
        )
    checks = (
        *(_beats(judgement, name, config) for name in config.beats if name in judgement.ranks),
        *_keeps_up(judgement, config),
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


def _keeps_up(judgement: Judgement, config: Gate) -> tuple[Check, ...]:
    if CHAMPION not in judgement.ranks:
        return ()
    difference = judgement.differences[CHAMPION]
    ours, theirs = _pair(judgement, CHAMPION, config)
    passed = difference.high >= 0 and difference.value >= -config.champion_margin * theirs
    detail = (
        f"{config.metric} {ours:.4f} against {theirs:.4f},"
        f" difference {difference.low:+.4f} to {difference.high:+.4f},"
        f" may lose {config.champion_margin:.1%}"
    )
    return (Check("keeps up with the champion", passed, detail),)


def _slices(judgement: Judgement, config: Gate) -> tuple[Check, ...]:
    return tuple(
        Check(
            f"{part.dimension} {part.name}: not below popularity",
            part.difference.high >= 0,
            f"{part.model.value:.4f} against {part.popularity.value:.4f} on {part.groups} groups",
        )
        for part in judgement.slices
        if part.groups >= config.slice_groups
    )


def _pair(judgement: Judgement, name: str, config: Gate) -> tuple[float, float]:
    return (
        judgement.methods[MODEL][config.metric].value,
        judgement.methods[name][config.metric].value,
    )
