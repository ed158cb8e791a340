"""Answers from FAQ entries: the right entry, and knowing when there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time, thread_time
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import Invalid
from data.ranking_metrics import MISSED, Interval, bootstrap
from data.settings import StorageSettings
from models.answers import topics
from models.answers.blend import TOPICS
from models.answers.confidence import Scores, signals
from models.answers.index import Channel, Index, Likeness
from models.answers.judge import Judge, judge_key
from models.answers.library import Entry, Library, folded
from models.answers.topics import ByTopic, Topics
from models.encoders.encoder import TextEncoder
from models.encoders.provide import E5, MINILM, USE, provide
from models.language import language, plain
from training.benchmarks import consultations, faq_folder, readers
from training.benchmarks.answer_figures import FIGURES, figures
from training.benchmarks.faq_result import FaqResult
from training.config import Config
from training.drawn_shops import Remembering
from training.judges import LABELS, labelled, learn
from training.outcomes import Outcomes
from training.reranking import contests
from training.reranking import learn as learn_order

PROTOCOL: Final = {
    "entries": "the phrasings, answers and ids of entries.jsonl are indexed and learned from, each "
    "seller's apart; an id made of words, as a bot's names of intents are, counts as a phrasing "
    "does (baseline `ids unread`: it does not); a reranker is fitted on phrasings held out of them "
    "by fifths and used if it serves the held-out fifths better",
    "ranking": "questions of the test split with a right entry; every entry of the seller is "
    "ranked, ties against us",
    "accuracy": "r@1 over the same questions",
    "thresholds": "where the valid split has near or far questions, the confidence is fitted on "
    "valid, drawn towards the shipped one, and the threshold is the least at which 95 % of the "
    "answers on valid are right and at most 1.2 % of near and 0.3 % of far are answered (by "
    "confidences fitted without them; where that would be fewer than three questions, as many as "
    "their tail says); elsewhere the shipped confidence and threshold are used as they are",
    "answered_*": "share of test questions that are answered at the threshold; precision_answered "
    "counts answers to near and far questions as wrong",
    "coverage@95": "largest share of the in-scope questions that can be answered, the surest "
    "first, with 95 % of those answers right",
    "auroc_*": "of the probability that the best entry is right: in-scope against near, against "
    "far",
    "ece": "ten bins of equal width over all test questions, an answer to near or far being wrong",
    "encoders": "all packaged ones that are installed for shops that write English, the default "
    "one for others; beside one or two of them what shops are asked about (`without topics`: not)",
    "cost": "score_us is CPU time of one thread a question, but for the encoder, which has seen "
    "the texts; `python -m service bench-answers` measures the whole",
    "learnt": "1, 3 and 10 phrasings an entry drawn from the variant's: the first is the entry's "
    "own, the others come from consultations that end in its answer",
    "intervals": "bootstrap over questions",
}
TIMED: Final = 200
FOLDS: Final = 5
"""Questions of each variant by which the cost of one is told."""
MANY: Final = 11
"""Phrasings of every entry from which a variant also shows what learnt ones are worth."""
UNREAD: Final = "ids unread"
"""The same encoders as are served, of entries whose ids say nothing."""
UNASKED: Final = "without topics"
"""The same encoders as are served, and not what shops are asked about."""
SMALL: Final = 2_000
"""Phrasings up to which every encoder is also measured by itself."""


@dataclass(slots=True)
class Asked:
    """Hold what came of the questions of one variant."""

    rows: list[Scores] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    sellers: list[str] = field(default_factory=list)

    def select(self, split: str) -> tuple[Outcomes, NDArray[np.int64]]:
        """Return the outcomes and ranks of one split; sellers are their groups."""
        mask = np.array([one == split for one in self.splits], dtype=np.bool_)
        ranks = np.array(self.ranks, dtype=np.int64)[mask]
        rows = np.stack(self.rows)[mask] if mask.any() else np.zeros((0, 0), np.float32)
        kinds = np.array(self.kinds)[mask]
        groups = np.array(self.sellers)[mask]
        return Outcomes(rows, kinds, (ranks == 1) & (kinds == "in"), groups), ranks


def run(folder: Path, config: Config, progress: Callable[[str, int], object]) -> FaqResult:
    """Run the protocol on every variant of a set; return metrics, baselines and cost."""
    if readers.find(folder, consultations.DIALOGUES):
        return _consulted(folder, config, progress)
    variants = sorted(path for path in (folder / "bench").glob("*") if path.is_dir())
    if not variants and readers.find(folder, "entries.jsonl"):
        variants = [folder]
    if not variants:
        raise Invalid(f"{folder} has no bench/VARIANT/entries.jsonl")
    result = FaqResult(folder.name, PROTOCOL)
    root = StorageSettings().home / "encoders"
    encoders = [one for name in (USE, MINILM, E5) if (one := provide(name, root)) is not None]
    remembered = {one.name: Remembering(one) for one in encoders}
    if USE in remembered:
        by_topic = ByTopic(remembered[USE], Topics.provide(encoders[0], root))
        remembered[TOPICS] = Remembering(by_topic)
    for variant in variants:
        shops, questions = faq_folder.read(variant)
        usable = [one for one in encoders if one.name != MINILM or _english(shops)]
        _together(remembered, usable, questions)
        for name, together in combined([one.name for one in usable], shops).items():
            begun = process_time()
            memory = [remembered[one] for one in together]
            known = _untitled(shops) if name == UNREAD else shops
            told = ((shop, memory) for shop in known.values())
            reranker = learn_order(contests(told, config.seed), judge_key(together))
            indexes = {
                seller: Index(Library(shop), memory, reranker) for seller, shop in known.items()
            }
            result.train_cpu_s += process_time() - begun
            asked = _ask(indexes, questions, progress)
            judge = _judge(asked, together)
            table = _measure(asked, judge, config.seed)
            if name:
                result.baselines[f"{variant.name}: {name}"] = table
            else:
                result.metrics[variant.name] = table
                learnt = _learnt(shops, questions, memory, config)
                result.note(variant.name, {"learnt": learnt} if learnt else {})
                result.micros += _timed(indexes, questions, judge)
                result.note(variant.name, _notes(asked, judge, config.seed, together, indexes))
    return result


def combined(names: Sequence[str], shops: Mapping[str, Sequence[Entry]]) -> dict[str, list[str]]:
    """Return by name which of the encoders are measured together; what is served has none."""
    sets = {"": topics.names([name for name in names if name != E5])}
    if any(entry.title for shop in shops.values() for entry in shop):
        sets[UNREAD] = sets[""]
    if sum(len(entry.phrasings) for shop in shops.values() for entry in shop) <= SMALL:
        alone = {name: topics.names([name]) for name in names}
        sets |= {name: one for name, one in alone.items() if one != sets[""]}
        if USE in names:
            sets[UNASKED] = [name for name in names if name != E5]
        sets["words alone"] = []
    for several in ([USE, E5], [USE, MINILM, E5]):
        if set(several) <= set(names):
            sets[judge_key(several)] = topics.names(several)
    return sets


def _consulted(folder: Path, config: Config, progress: Callable[[str, int], object]) -> FaqResult:
    result = FaqResult(folder.name, consultations.PROTOCOL)
    encoder = provide(USE, StorageSettings().home / "encoders")
    for name, channels in (("consultations", [encoder] if encoder else []), ("words alone", [])):
        figures, counts = consultations.measure(folder, channels, config.seed, progress)
        (result.baselines if result.metrics else result.metrics)[name] = figures
        result.note(name, counts)
    return result


def _learnt(
    shops: dict[str, list[Entry]],
    questions: Sequence[dict[str, Any]],
    channels: Sequence[Channel],
    config: Config,
) -> dict[str, dict[str, float]]:
    """Return by seller what phrasings learnt from consultations are worth, where there are many."""
    found: dict[str, dict[str, float]] = {}
    if min(len(entry.phrasings) for entries in shops.values() for entry in entries) < MANY:
        return found
    for seller, entries in shops.items():
        names = {entry.id for entry in entries}
        asked = [
            (str(row["text"]), str(row["entry"]))
            for row in questions
            if row["split"] == "test"
            and row["entry"] is not None
            and str(row["entry"]) in names
            and str(row.get("seller", "")) == seller
        ]
        found[seller or "all"] = consultations.learnt(entries, asked, channels, config.seed)
    return found


def _untitled(shops: Mapping[str, Sequence[Entry]]) -> dict[str, list[Entry]]:
    return {name: [replace(entry, title="") for entry in shop] for name, shop in shops.items()}


def _english(shops: dict[str, list[Entry]]) -> bool:
    texts = [entry.phrasings[0] for shop in shops.values() for entry in shop if entry.phrasings]
    return 2 * sum(language(text) == "en" for text in texts) > len(texts)


def _ask(
    indexes: dict[str, Index],
    questions: Sequence[dict[str, Any]],
    progress: Callable[[str, int], object],
) -> Asked:
    asked = Asked()
    places = {
        seller: {entry.id: place for place, entry in enumerate(index.library.entries)}
        for seller, index in indexes.items()
    }
    for row in questions:
        seller = str(row.get("seller", ""))
        index = indexes[seller]
        like, weighed = _one(index, str(row["text"]))
        target = -1 if row["entry"] is None else places[seller].get(str(row["entry"]), -1)
        rank = int(np.count_nonzero(like.order >= like.order[target])) if target >= 0 else MISSED
        asked.rows.append(weighed)
        asked.kinds.append(str(row["kind"]))
        asked.splits.append(str(row["split"]))
        asked.ranks.append(rank)
        asked.sellers.append(seller)
        progress("questions", 1)
    return asked


def _one(index: Index, text: str) -> tuple[Likeness, Scores]:
    like = index.like(plain(text))
    best = int(np.argmax(like.order))
    return like, signals(like, index, best)


def _timed(
    indexes: dict[str, Index], questions: Sequence[dict[str, Any]], judge: Judge
) -> list[float]:
    """Return microseconds of CPU that single questions take, but for the encoders."""
    micros = []
    for row in [row for row in questions if row["split"] == "test"][:TIMED]:
        begun = thread_time()
        judge.tier(_one(indexes[str(row.get("seller", ""))], str(row["text"]))[1])
        micros.append((thread_time() - begun) * 1e6)
    return micros


def _together(
    remembered: Mapping[str, Remembering],
    served: Sequence[TextEncoder],
    questions: Sequence[dict[str, Any]],
) -> None:
    """Encode the questions of a variant together: one by one takes three times as long."""
    texts = [folded(str(row["text"])) for row in questions]
    for encoder in served:
        remembered[encoder.name].encode(texts)


def _judge(asked: Asked, encoders: Sequence[str]) -> Judge:
    shipped = Judge.shipped(encoders)
    valid, _ = asked.select("valid")
    ours = valid.kinds == "in"
    if not ours.any() or ours.all():
        return shipped
    return learn(valid, np.arange(len(valid.rows)) % FOLDS, shipped)


def _measure(asked: Asked, judge: Judge, seed: int) -> dict[str, Interval]:
    outcomes, ranks = asked.select("test")
    chance = judge.probability(outcomes.rows)
    answered = judge.answered(outcomes.rows)
    values = figures(outcomes, ranks, chance, answered)
    ours = outcomes.kinds == "in"
    columns = np.stack(
        [ranks[ours] <= 1, ranks[ours] <= 3, 1.0 / ranks[ours], ranks[ours] <= 1], axis=1
    ).astype(np.float64)
    owners = np.arange(len(columns), dtype=np.int32)
    simple = dict(zip(("r@1", "r@3", "mrr", "accuracy"), bootstrap(columns, owners, seed=seed),
                      strict=True))  # fmt: skip
    dice = np.random.default_rng(seed)
    drawn = []
    for _ in range(200):
        rows = dice.integers(len(chance), size=len(chance))
        part = outcomes[rows]
        drawn.append(figures(part, ranks[rows], chance[rows], answered[rows]))
    for name in FIGURES:
        if name in values:
            found = [draw[name] for draw in drawn if name in draw]
            low, high = np.quantile(found, [0.025, 0.975])
            simple[name] = Interval(values[name], float(low), float(high))
    return simple


def _notes(
    asked: Asked,
    judge: Judge,
    seed: int,
    encoders: Sequence[str],
    indexes: dict[str, Index],
) -> dict[str, Any]:
    outcomes, _ = asked.select("test")
    before, after = labelled(judge, outcomes, LABELS, seed)
    entries = [len(index.library.entries) for index in indexes.values()]
    return {
        "encoders": "+".join(encoders) or "none",
        "head": any(index.head is not None for index in indexes.values()),
        "reranker": any(index.reranker is not None for index in indexes.values()),
        "sellers": len(indexes),
        "entries": sum(entries),
        "phrasings": sum(len(index.library.texts) for index in indexes.values()),
        "questions": len(outcomes.rows),
        "threshold": round(judge.answers, 4),
        "ece_before_labels": round(before, 4),
        "ece_after_100_labels": round(after, 4),
    }
