"""Answers from past consultations: cite the dialogue, and learn phrasings from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.errors import Invalid
from data.knowledge import Consultation, Faq, SellerKnowledge, Turn
from data.ranking_metrics import Interval, bootstrap
from models.answers.index import Channel, Index
from models.answers.library import Entry, Library
from models.language import plain
from training.benchmarks import readers

DIALOGUES: Final = "dialogs.jsonl"
LEARNT: Final = (1, 3, 10)
"""Phrasings of an entry: her own, and those learnt from consultations."""
PROTOCOL: Final = {
    "consultations": "every dialogue is put as a consultation; each of its questions is asked in "
    "its own words and then with the dialogue taken away",
    "cited@k": "share of the questions whose own dialogue, or one in which the same was said, is "
    "among the k best entries",
    "overlap": "F1 of the characters' pairs between what is answered without the dialogue and what "
    "the person said; overlap_random: with an answer drawn at random",
}


def measure(
    folder: Path, channels: Sequence[Channel], seed: int, progress: Callable[[str, int], object]
) -> tuple[dict[str, Interval], dict[str, int]]:
    """Index a folder's dialogues and ask their questions; return figures and counts."""
    knowledge = SellerKnowledge()
    knowledge.consultations = {talk.consultation_id: talk for talk in read(folder)}
    index = Index(Library.of(knowledge, 0), channels)
    entries = index.library.entries
    if not entries:
        raise Invalid(f"{folder} has no dialogue in which a question is answered")
    said = {plain(entry.answer): place for place, entry in enumerate(entries)}
    dialogues = _dialogues(knowledge, said)
    dice = np.random.default_rng(seed)
    rows: list[tuple[float, ...]] = []
    for name, talk in knowledge.consultations.items():
        for asked, told in talk.pairs():
            score = index.like(plain(asked)).order
            own = score[said[plain(told)]]
            rank = int(np.count_nonzero(score > own)) + 1
            away = score.copy()
            away[[place for place, names in dialogues.items() if names == {name}]] = -np.inf
            other = entries[int(np.argmax(away))].answer
            drawn = entries[int(dice.integers(len(entries)))].answer
            rows.append((rank <= 1, rank <= 3, _overlap(other, told), _overlap(drawn, told)))
            progress("questions", 1)
    columns, owners = np.array(rows, dtype=np.float64), np.arange(len(rows), dtype=np.int32)
    names = ("cited@1", "cited@3", "overlap", "overlap_random")
    figures = dict(zip(names, bootstrap(columns, owners, seed=seed), strict=True))
    return figures, {"dialogues": len(knowledge.consultations), "entries": len(entries)}


def read(folder: Path) -> list[Consultation]:
    """Return a folder's dialogues (`{"dialog", "turns": [{"role": user or agent, "text"}]}`)."""
    file, found = readers.need(folder, DIALOGUES), []
    for number, line in readers.rows(file):
        try:
            row: dict[str, Any] = json.loads(line)
            turns = tuple(
                Turn("visitor" if turn["role"] == "user" else "agent", str(turn["text"]))
                for turn in row["turns"]
            )
            found.append(Consultation(consultation_id=str(row["dialog"]), turns=turns))
        except (ValueError, LookupError, TypeError) as error:
            raise readers.wrong(file, number, f"no dialogue: {error}") from error
    return found


def _dialogues(knowledge: SellerKnowledge, said: Mapping[str, int]) -> dict[int, set[str]]:
    """Return by entry the consultations in which it was said."""
    found: dict[int, set[str]] = {}
    for name, talk in knowledge.consultations.items():
        for _, told in talk.pairs():
            found.setdefault(said[plain(told)], set()).add(name)
    return found


def _overlap(one: str, other: str) -> float:
    mine, theirs = ({text[i : i + 2] for i in range(len(text) - 1)} for text in (one, other))
    return 2 * len(mine & theirs) / max(len(mine) + len(theirs), 1)


def learnt(
    entries: Sequence[Entry],
    asked: Sequence[tuple[str, str]],
    channels: Sequence[Channel],
    seed: int,
) -> dict[str, float]:
    """Return accuracy by the phrasings an entry has: the first its own, the rest consultations.

    Each entry's phrasings are drawn from the set's; a consultation ends in the entry's answer. Ids
    say nothing here: they are numbers. Questions are (text, id of the right entry).
    """
    dice, found = np.random.default_rng(seed), {}
    order = [dice.permutation(len(entry.phrasings)) for entry in entries]
    for count in LEARNT:
        index = Index(Library.of(_taught(entries, order, count), 0), channels)
        known = index.library.entries
        places = {entries[int(entry.id)].id: place for place, entry in enumerate(known)}
        right = 0
        for text, target in asked:
            score = index.like(plain(text)).order
            right += int(np.count_nonzero(score >= score[places[target]])) == 1
        found[f"accuracy_{count}"] = round(right / max(len(asked), 1), 4)
    found["gain"] = round(found[f"accuracy_{LEARNT[-1]}"] - found["accuracy_1"], 4)
    return found


def _taught(
    entries: Sequence[Entry], order: Sequence[NDArray[np.int64]], count: int
) -> SellerKnowledge:
    knowledge = SellerKnowledge()
    for each, (entry, places) in enumerate(zip(entries, order, strict=True)):
        first, *others = (entry.phrasings[int(place)] for place in places[:count])
        answer = f"{entry.id}。{entry.answer}"
        knowledge.faqs[str(each)] = Faq(faq_id=str(each), question=first, answer=answer)
        for number, text in enumerate(others):
            name, turns = f"{entry.id}/{number}", (Turn("visitor", text), Turn("agent", answer))
            knowledge.consultations[name] = Consultation(consultation_id=name, turns=turns)
    return knowledge
