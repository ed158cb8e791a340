"""One attempt: fit by window, replay, learn the ranker. A run makes one, and others to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.ranking_metrics import MISSED, Ranks
from data.schemas import Kind
from data.stores.ports import EventLog
from models.recommender import Recommender, Scorer
from training.baselines import Oracle, baselines
from training.config import Config
from training.examples import Asker, Built, replay
from training.fit import NOTHING, fit, learn
from training.groups import Groups
from training.parity import Verifier
from training.prior import prior, worth_learning
from training.progress import Progress
from training.reasked import Witness, witnesses
from training.scan import entries
from training.scanned import Scanned, Shown
from training.targets import Split, Targets


@dataclass(frozen=True, slots=True)
class Past:
    """Hold what every attempt of a run shares: the log, its columns, the cuts and the questions."""

    log: EventLog
    scanned: Scanned
    cuts: Split
    targets: Targets


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold what came of fitting and learning.

    `model` is fitted on what happened before the judged window; `scores` float32[rows of judged].
    `taught` is a sample of what the ranker learned from, `asked` questions to ask again.
    """

    model: Recommender
    ranker: Scorer
    importances: Mapping[str, float]
    learned_from: int
    built: Built
    judged: Groups
    scores: NDArray[np.float32]
    taught: Groups
    asked: Sequence[Witness]


@dataclass(frozen=True, slots=True)
class Extras:
    """Hold what only the attempt that is to serve needs: baselines, an oracle, logged lists."""

    oracle: Oracle | None = None
    shown: Sequence[Shown] = ()
    verifier: Verifier | None = None


def attempt(
    past: Past,
    config: Config,
    progress: Progress,
    label: str = "",
    ranker: Scorer | None = None,
    without: frozenset[Kind] = NOTHING,
    extras: Extras | None = None,
) -> Attempt:
    """Fit the retrievers of each window, replay the log, learn a ranker unless one is given.

    `label` stands before the stages' names; events of the kinds `without` are left out.
    """
    extras = extras or Extras()
    last = len(past.cuts.starts)
    targets = past.targets if ranker is None else past.targets.only_judges()
    models = _fit_windows(past, targets, config, progress, label, without, extras.shown)
    asker = Asker(
        past.scanned,
        past.cuts,
        models,
        baselines(models[last], extras.oracle) if extras.verifier is not None else {},
        config.examples,
        config.seed,
        extras.verifier,
        extras.oracle.watch if extras.oracle is not None else id,
    )
    with progress.stage(label + "replay", past.scanned.events) as stage:
        log = stage.through(entries(past.log))
        built = replay(log, asker, targets, extras.shown, without)
        stage.note = f"{len(built.learn) + len(built.judge) + len(built.impressions):,} questions"
    names = models[last].feature_names
    asked = witnesses(built, past.cuts, config.examples.asked_again, config.seed)
    judged = Groups.of(built.judge, len(names))
    groups = Groups.of([*built.learn, *built.impressions], len(names))
    learned_from = len(groups)
    importances: Mapping[str, float] = {}
    if ranker is None and worth_learning(groups, names, config):
        with progress.stage(label + "learn the ranker") as stage:
            ranker, importances = learn(groups, names, config)
            stage.note = f"{len(groups):,} questions, {len(groups.labels):,} candidates"
    taught = groups.drawn(len(groups), _sampled(groups, config), config.seed)
    del groups
    ranker = ranker or prior(names)
    scores = ranker.score(judged.features) if len(judged) else np.zeros(0, np.float32)
    return Attempt(
        models[last], ranker, importances, learned_from, built, judged, scores, taught, asked
    )


def _sampled(groups: Groups, config: Config) -> int:
    """Return how many candidates the sample has: at least those of so many questions as teach.

    Of fewer the look for leaking columns could tell nothing, however long the log.
    """
    rows, longest = config.report.ablation_rows, int(groups.sizes.max(initial=0))
    return max(rows, config.examples.least_groups * longest) if rows else 0


def _fit_windows(
    past: Past,
    targets: Targets,
    config: Config,
    progress: Progress,
    label: str,
    without: frozenset[Kind],
    shown: Sequence[Shown],
) -> dict[int, Recommender]:
    """Fit for each window that has questions, and for the judged one."""
    cuts, last = past.cuts, len(past.cuts.starts)
    asked = {cuts.window(int(at)) for at in past.scanned.at[targets.places]}
    asked |= {cuts.window(one.at) for one in shown if one.outcomes}
    windows = sorted(asked - {-1} | {last})
    models = {}
    with progress.stage(label + "fit retrievers", len(windows) * len(config.retrievers)) as stage:
        for window in windows:
            at = (*cuts.starts, cuts.judge)[window]
            models[window] = fit(past.scanned, at, config, without, stage.step)
        stage.note = f"{len(config.retrievers)} on {len(windows)} spans"
    return models


def aligned(judged: Groups, theirs: Groups, ranks: Ranks) -> Ranks:
    """Return other groups' ranks in the order of these, by log entry; `MISSED` where absent."""
    by_seq = dict(zip(theirs.seq.tolist(), ranks.tolist(), strict=True))
    return np.array([by_seq.get(seq, MISSED) for seq in judged.seq.tolist()], np.int32)
