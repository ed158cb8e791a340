"""The training run: the log in, a registered model out. `run` reads from top to bottom."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Final, NamedTuple

import msgspec

from data.errors import Refused
from data.features import fingerprint
from data.ranking_metrics import Ranks
from data.schemas import DAY_MS, Kind
from data.stores.ports import EventLog
from models.cards import Check, DataSpan, ModelCard, OffPolicy, Replayed, Verdict
from models.recommender import Recommender, Scorer
from models.registry import Registry
from models.warm import warm
from training.attempt import Attempt, Extras, Past, aligned, attempt
from training.baselines import Oracle
from training.config import Config, ConfigError
from training.evaluate import MODEL, Judgement, judge
from training.fit import check, fit, settings_of
from training.gate import CHAMPION, decide
from training.lists import compare
from training.parity import Verifier, sample
from training.picks import families, picks
from training.progress import Progress
from training.reasked import reask
from training.report import pages
from training.scan import entries, scan
from training.scanned import Scanned, Shown
from training.screen import screen
from training.study import study
from training.targets import choose, split

WITHOUT_DWELL: Final = "without dwell"
STUDIED: Final = 1_000
"""Judged questions at most that parts of the model are taken away on, for the report."""
NAMED_DAYS: Final = 30
"""How long what made a list is kept to rebuild it: for good, each night's model would stay."""
PACKAGES: Final = (
    "numpy", "scipy", "numba", "scikit-learn", "implicit", "lightgbm", "onnx", "onnxruntime",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """Hold what a run works on; `now` (epoch ms) dates the version, `oracle` is for worlds."""

    log: EventLog
    registry: Registry
    config: Config
    progress: Progress
    now: int
    oracle: Oracle | None = None


def run(job: Job) -> ModelCard:
    """Learn a model from the log, judge it, register it, and promote it if the gate lets it."""
    config, progress, notes = job.config, job.progress, []
    check(config)
    past = read(job)
    most = config.examples.rebuilt_lists
    shown = sample(past.scanned.shown, past.cuts, most, config.judge.lists, config.seed)
    verifier = Verifier.of(job.registry)
    found = attempt(past, config, progress, extras=Extras(job.oracle, shown, verifier))
    others: dict[str, Ranks] = {}
    if _worth_leaving_out(past.scanned, config) and len(found.judged):
        dull = attempt(past, config, progress, "no dwell: ", without=frozenset({Kind.DWELL}))
        others[WITHOUT_DWELL] = _ranks(found, dull)
    champion, rankers = job.registry.champion(), {MODEL: found.ranker}
    serves = champion
    if champion is not None:
        theirs = _champion(job, past, found, champion)
        serves = champion if theirs.loads else None
        others |= {CHAMPION: theirs.ranks} if theirs.ranks is not None else {}
        rankers |= {CHAMPION: theirs.ranker} if theirs.ranker is not None else {}
        notes.append(theirs.note)
    judgement, weighed = None, None
    if len(found.judged) >= config.cuts.least_groups:
        with progress.stage("judge"):
            judgement = judge(
                found.judged, found.scores, others, config.judge, config.gate.metric, config.seed
            )
            epsilon = found.model.settings.epsilon
            weighed = compare(found.built.offered, rankers, epsilon, config.judge, config.seed)
    leaks = _leaks(past, found, config, progress)
    verdict = decide(judgement, serves, config.gate, leaks, weighed)
    with progress.stage("fit on everything", len(config.retrievers)) as stage:
        last = fit(past.scanned, past.cuts.end, config, step=stage.step)
        final = replace(last, ranker=found.ranker)
    card = _card(job, past, found, judgement, verdict, verifier.found, weighed, notes, final)
    return _register(job, past, found, judgement, card, final, champion)


def read(job: Job) -> Past:
    """Scan the log, cut it by time and draw the questions."""
    config = job.config
    with job.progress.stage("scan the log", job.log.last_seq()) as stage:
        scanned = scan(stage.through(entries(job.log)))
        stage.note = f"{scanned.events:,} events, {len(scanned.at):,} interactions"
    cuts = split(scanned, config.cuts)
    most = settings_of(config).candidates
    return Past(job.log, scanned, cuts, choose(scanned, cuts, config.examples, most, config.seed))


def recipe(job: Job, past: Past, name: str, *, baselines: bool) -> Attempt:
    """Fit a registered version's retrievers anew on the past and order with its own ranker.

    So it is judged on the same questions, without having seen their answers. Raises Refused for a
    version that cannot be loaded and ConfigError for settings that are no longer known.
    """
    ranker = job.registry.load(name).ranker
    config = Config.from_values(job.registry.card(name).config)
    extras = Extras(job.oracle, (), Verifier.of(job.registry)) if baselines else None
    label = "" if baselines else "champion: "
    return attempt(past, config, job.progress, label, ranker, extras=extras)


class _Rival(NamedTuple):
    """Hold the champion's ranks on the same questions, and its ranker where that reads the same."""

    ranks: Ranks | None
    ranker: Scorer | None
    note: str
    loads: bool = True


def _champion(job: Job, past: Past, found: Attempt, name: str) -> _Rival:
    ranker = None
    try:
        model, values = job.registry.load(name), job.registry.card(name).config
    except Refused as error:
        return _Rival(None, None, f"The champion {name} cannot be loaded: {error}.", loads=False)
    if not len(found.judged):
        return _Rival(
            None, None, f"The champion {name} could not be compared: nothing to judge on."
        )
    ours = job.config.to_values()
    try:
        same = all(values.get(part) == ours[part] for part in ("recommender", "retrievers"))
        if same and model.ranker is not None and model.feature_names == found.model.feature_names:
            ranker = model.ranker
            ranks = found.judged.rank(ranker.score(found.judged.features))
        else:
            ranks = _ranks(found, recipe(job, past, name, baselines=False))
    except (Refused, ConfigError) as error:
        return _Rival(None, None, f"The champion {name} could not be compared: {error}.")
    note = f"Compared with the recipe of the champion {name}, fitted on the same past."
    return _Rival(ranks, ranker, note)


def _leaks(past: Past, found: Attempt, config: Config, progress: Progress) -> tuple[Check, ...]:
    """Check that no feature knows the future: by asking again, and column by column."""
    names = found.model.feature_names
    with progress.stage("look for leaks"):
        again = reask(past.log, past.cuts, found.asked, names, config)
        return again, screen(found.taught, found.judged, found.scores, found.model, config)


def _ranks(found: Attempt, theirs: Attempt) -> Ranks:
    return aligned(found.judged, theirs.judged, theirs.judged.rank(theirs.scores))


def _worth_leaving_out(scanned: Scanned, config: Config) -> bool:
    wanted = config.report.without_dwell and scanned.dwells > 0
    return wanted and scanned.events <= config.report.without_dwell_events


def _card(
    job: Job,
    past: Past,
    found: Attempt,
    judgement: Judgement | None,
    verdict: Verdict,
    replayed: Replayed,
    weighed: OffPolicy | None,
    notes: Sequence[str],
    final: Recommender,
) -> ModelCard:
    scanned, cuts, built = past.scanned, past.cuts, found.built
    methods = judgement.methods if judgement is not None else {}
    notes = list(notes)
    if not found.importances:
        few = found.learned_from < job.config.examples.least_groups
        why = "too few to learn from" if few else "what they taught ordered worse than the prior"
        notes.append(
            f"Of {found.learned_from:,} questions ({why}) nothing was learned: the order is a"
            " prior, a weighted sum of popularity, taste and context."
        )
    if judgement is None:
        notes.append(
            f"Only {len(found.judged):,} questions to judge on: no metric would mean anything."
        )
    return ModelCard(
        created_at=job.now,
        fingerprint=fingerprint(),
        feature_names=final.feature_names,
        data=DataSpan(
            events=scanned.events,
            interactions=len(scanned.at),
            visitors=len(scanned.visitors),
            sellers=len(scanned.shelf_sizes),
            items=len(scanned.items),
            dwells=scanned.dwells,
            first_at=scanned.first_at,
            last_at=scanned.last_at,
            last_seq=scanned.last_seq,
            cuts=(cuts.starts[0] if cuts.starts else cuts.judge, cuts.judge, cuts.end),
            log_hash=scanned.log_hash,
        ),
        config=job.config.to_values(),
        seed=job.config.seed,
        metrics=methods.get(MODEL, {}),
        beyond=judgement.figures() if judgement is not None else {},
        baselines={name: values for name, values in methods.items() if name != MODEL},
        slices=judgement.slices if judgement is not None else (),
        verdict=verdict,
        replayed=replayed,
        off_policy=weighed,
        examples={
            "learned from": found.learned_from,
            "judged on": len(found.judged),
            "not on the shelf then": built.not_on_shelf,
            "just listed then": past.targets.just_listed,
            "beyond the candidates": built.not_a_candidate,
        },
        importances=dict(found.importances),
        packages={name: version(name) for name in PACKAGES},
        notes=tuple(notes),
    )


def _register(
    job: Job,
    past: Past,
    found: Attempt,
    judgement: Judgement | None,
    card: ModelCard,
    final: Recommender,
    champion: str | None,
) -> ModelCard:
    config, progress = job.config, job.progress
    with progress.stage("report and register") as stage:
        shown, moved, studied = [], {}, None
        if judgement is not None and found.importances:
            names, rows = found.model.feature_names, config.report.ablation_rows
            taught = found.taught.drawn(len(found.taught), rows, config.seed)
            judged = found.judged.drawn(STUDIED, rows, config.seed)
            studied = study(taught, judged, names, config, config.gate.metric, thorough=False)
        if judgement is not None:
            items = past.scanned.described(past.cuts.end)
            shown = picks(found, judgement, items, config.report.picks, config.seed)
            moved = families(found, config.gate.metric, config.seed)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
        took = {name: round(seconds, 2) for name, seconds in progress.durations.items()}
        card = msgspec.structs.replace(card, durations_s=took, peak_rss_mb=round(peak, 1))
        card = _over(job.registry.champion(), champion, card)
        name = job.registry.register(final, card, pages(judgement, shown, moved, studied))
        stage.note = name
    if card.verdict.promoted and job.registry.succeed(champion, name, job.now):
        with job.progress.stage("compile what serves"):  # else the first start would
            warm(job.registry.load(name))
    job.registry.prune(named(past.scanned.shown, past.cuts.end), config.registry.newest)
    return job.registry.card(name)


def named(shown: Sequence[Shown], end: int) -> set[str]:
    """Return the versions that made the lists of the last `NAMED_DAYS` before a log's end."""
    since = end - NAMED_DAYS * DAY_MS
    return {one.record.model_version for one in shown if one.at >= since}


def _over(serves: str | None, compared: str | None, card: ModelCard) -> ModelCard:
    """Let no model follow a champion that was promoted or came back while it was learned."""
    if serves == compared:
        return card
    detail = f"{serves or 'nobody'} serves by now, not {compared or 'nobody'} as when this began"
    moved = Check("the champion is still the same", False, detail)
    verdict = Verdict(promoted=False, checks=(*card.verdict.checks, moved))
    return msgspec.structs.replace(card, verdict=verdict)
