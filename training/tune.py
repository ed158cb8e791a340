"""Search settings on validation data: bounded, seeded, pruned, and resumed where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
import optuna
import tomli_w

from data.errors import Invalid
from models.spans import Span
from training.config import Config
from training.held_back import Tunable
from training.progress import Progress
from training.space import applied, as_toml, present, space

FINISHED: Final = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
STARTING: Final = 8
"""Random trials before the sampler learns and the pruner prunes."""
optuna.logging.set_verbosity(optuna.logging.WARNING)


@dataclass(frozen=True, slots=True)
class Search:
    """Say what is searched: `sets` to win on together, at most so many `trials` in all.

    `store` is the SQLite file that keeps the trials; `only` limits the space, see `space`.
    """

    sets: Sequence[Tunable]
    config: Config
    trials: int
    store: Path
    only: Sequence[str] = ()


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what came of a search.

    `gain` is the mean over sets of (metric / the metric at the start - 1); `values` are the
    settings that reached it, empty when nothing beat the start; `history` the gains by trial,
    None for those that were given up.
    """

    gain: float
    values: dict[str, float]
    before: dict[str, float]
    after: dict[str, float]
    trials: int
    pruned: int
    history: tuple[float | None, ...] = ()

    def to_toml(self) -> str:
        """Return a file for `--config`."""
        return tomli_w.dumps(as_toml(self.values))


def tune(search: Search, progress: Progress) -> Tuned:
    """Run the trials that are missing; the same search gives the same trials, stopped or not.

    It goes on where one of the same data, config (seed included) and space was stopped.

    The first trial is the config itself, which the others are measured against set by set; a
    trial is given up after a set when most others stood better there.
    """
    if search.trials < 1:
        raise Invalid("a search needs one trial at least")
    spans = space(search.config, search.only)
    search.store.parent.mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        storage=f"sqlite:///{search.store.absolute()}",
        study_name=_name(search, spans),
        direction="maximize",
        load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTING, n_warmup_steps=0),
    )
    for lost in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
        study.tell(lost.number, state=optuna.trial.TrialState.FAIL)
    with progress.stage("tune", search.trials) as stage:
        done = len(study.get_trials(deepcopy=False, states=FINISHED))
        stage.step(done)
        while done < search.trials:
            start = present(search.config, spans)
            waiting = study.get_trials(False, (optuna.trial.TrialState.WAITING,))
            if done == 0 and not waiting:
                study.enqueue_trial(start)
            study.sampler = optuna.samplers.TPESampler(
                seed=search.config.seed + done, n_startup_trials=STARTING
            )
            progress.say(_try(study, search, spans, done))
            done += 1
            stage.step()
        stage.note = f"{len(search.sets)} sets, {len(spans)} settings"
    return _tuned(study)


def _try(study: optuna.Study, search: Search, spans: dict[str, Span], place: int) -> str:
    """Measure one more trial, set by set; return a line about it."""
    trial = study.ask()
    values = {path: _suggested(trial, path, span) for path, span in spans.items()}
    config = applied(search.config, values)
    reached: dict[str, float] = {}
    gains: list[float] = []
    before = study.user_attrs.get("before", {})
    for step, one in enumerate(search.sets):
        reached[one.name] = one.measure(config)
        gains.append(reached[one.name] / max(before.get(one.name, reached[one.name]), 1e-9) - 1)
        trial.report(sum(gains) / len(gains), step)
        trial.set_user_attr("reached", reached)
        if step + 1 < len(search.sets) and place >= STARTING and trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return f"trial {place + 1}: given up at {one.name}, {gains[-1]:+.2%} there"
    if not before:
        study.set_user_attr("before", reached)
    gain = sum(gains) / len(gains)
    study.tell(trial, gain)
    told = ", ".join(f"{name} {value:.4f}" for name, value in reached.items())
    return f"trial {place + 1}: {gain:+.2%} ({told}); best {study.best_value:+.2%}"


def _suggested(trial: optuna.Trial, path: str, span: Span) -> float:
    if span.whole:
        return trial.suggest_int(path, int(span.low), int(span.high), log=span.log)
    return trial.suggest_float(path, span.low, span.high, log=span.log)


def _tuned(study: optuna.Study) -> Tuned:
    best = study.best_trial
    gain = float(best.value or 0.0)
    ended = study.get_trials(deepcopy=False, states=FINISHED)
    before = dict(study.user_attrs["before"])
    better = gain > 0
    return Tuned(
        gain=max(gain, 0.0),
        values=dict(best.params) if better else {},
        before=before,
        after=dict(best.user_attrs["reached"]) if better else before,
        trials=len(ended),
        pruned=sum(one.state == optuna.trial.TrialState.PRUNED for one in ended),
        history=tuple(
            one.value if one.state == optuna.trial.TrialState.COMPLETE else None for one in ended
        ),
    )


def _name(search: Search, spans: dict[str, Span]) -> str:
    """Name a study by all that makes its trials comparable."""
    asked: tuple[Any, ...] = (
        [(one.name, one.fingerprint) for one in search.sets], search.config.to_values(),
        {path: msgspec.structs.astuple(span) for path, span in spans.items()},
    )  # fmt: skip
    return blake2b(msgspec.json.encode(asked, order="sorted"), digest_size=6).hexdigest()
