"""Parts, curve, cost and seeds on questions whose right answer anyone can see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.feature_names import FEATURES
from models.folder import RETRIEVERS
from tests.quality import folders
from training import study_page
from training.__main__ import main
from training.benchmarks import TASKS
from training.benchmarks.published import published
from training.benchmarks.result import Result
from training.benchmarks.tape import Tape, recording
from training.config import Config
from training.groups import Group, Groups
from training.pages import markdown
from training.study import Study, parts, study

CONFIG = Config.load()
NAMES = (*FEATURES, *RETRIEVERS["slr"].columns, *RETRIEVERS["popularity"].columns, "new_to_model")
WIDE = len(NAMES)
SIZE = 30


def questions(count: int, seed: int) -> Groups:
    """Let the answer be the candidate with the highest slr_sum, nothing else telling anything."""
    rng, made = np.random.default_rng(seed), []
    for number in range(count):
        matrix = rng.normal(size=(SIZE, WIDE)).astype(np.float32)
        labels = np.zeros(SIZE, np.float32)
        labels[matrix[:, NAMES.index("slr_sum")].argmax()] = 1.0
        made.append(
            Group(
                features=matrix, labels=labels, keys=np.arange(SIZE, dtype=np.uint64),
                acts=np.zeros(SIZE, np.float32), visitor=f"v{number}", seller="s1", at=0,
                seq=number, shelf=SIZE, known=1,
            )
        )  # fmt: skip
    return Groups.of(made, WIDE)


@pytest.fixture(scope="module")
def found() -> Study:
    studied = study(questions(300, 1), questions(120, 2), NAMES, CONFIG, "ndcg@10", thorough=True)
    assert studied is not None
    return studied


def test_only_the_part_that_tells_the_answer_is_worth_anything(found: Study) -> None:
    assert found.whole.value > 0.9
    assert found.lost["retriever slr"].value > 0.5
    assert found.lost["retriever slr"].low > 0.4
    others = [one.value for part, one in found.lost.items() if part != "retriever slr"]
    assert max(others) < 0.1


def test_parts_cover_what_there_is_and_nothing_else() -> None:
    columns = parts(NAMES)
    assert {part for part in columns if part.startswith("retriever")} == {
        "retriever slr", "retriever popularity",
    }  # fmt: skip
    assert "features well_reviewed" in columns
    assert [NAMES[column] for column in columns["dwell"]] == ["item_usual_dwell", "own_dwell"]
    assert NAMES.index("item_acts_7d") in columns["time decay"]


def test_more_questions_and_more_trees_are_not_worse(found: Study) -> None:
    counts = list(found.curve)
    assert counts == sorted(counts) == [30, 75, 150, 300]
    assert found.curve[300].value >= found.curve[30].value
    by_trees = [point for point in found.points if point.candidates == 50]
    assert [point.trees for point in by_trees] == [5, 20, 60, 150, 300]
    assert by_trees[-1].value >= by_trees[0].value
    assert all(point.micros > 0 for point in found.points)


def test_an_answer_that_was_cut_away_is_missed() -> None:
    blind = questions(60, 4)
    blind.features[:, NAMES.index("slr_sum")] *= -1  # retrieval chooses the wrong ones first
    studied = study(questions(100, 1), blind, NAMES, CONFIG, "hr@10", thorough=False)
    assert studied is not None
    assert {point.candidates for point in studied.points} == {10, 25, 50}
    assert max(point.value for point in studied.points if point.candidates == 10) < 0.7


def test_seeds_spread_a_little_and_one_seed_repeats_to_the_byte(found: Study) -> None:
    assert len(found.seeds) == 5
    assert len(set(found.seeds)) > 1
    assert found.repeats
    assert max(found.seeds) - min(found.seeds) < 0.05


def test_too_few_questions_are_not_studied() -> None:
    assert study(questions(20, 1), questions(60, 2), NAMES, CONFIG, "mrr", thorough=False) is None
    assert study_page.sections(None) == []


def test_the_page_names_every_part_and_what_is_worth_its_time(found: Study) -> None:
    page = markdown("Study", study_page.sections(found, "x-"))
    for words in ("retriever slr", "Accuracy per microsecond", "Worth their time", "same bytes",
                  "x-parts.svg", "x-cost.svg", "x-curve.svg"):  # fmt: skip
        assert words in page


def test_a_tape_holds_the_first_lesson_and_the_answers_of_one_variant(tmp_path: Path) -> None:
    folder = folders.sessions(tmp_path / "set", [folders.walk(start, 4, 40) for start in range(12)])
    values = CONFIG.to_values() | {"retrievers": {"popularity": {}, "transitions": {}}}
    with recording(Tape(most=50)) as tape:
        result = TASKS["sessions"](folder, Config.from_values(values), lambda *_: None)
    assert isinstance(result, Result)
    lesson, answers = tape.groups()
    assert len(lesson) <= 50
    assert len(answers) == 36
    assert lesson.features.shape[1] == len(tape.names)
    hits = answers.rank(answers.features[:, tape.names.index("transitions_last")])
    assert (hits <= 3).mean() > 0.9
    assert len(result.ranks["test"]) == 36


def test_published_figures_are_fractions_with_a_source() -> None:
    (first, *rest) = published("sequence", "amazon_beauty")
    assert first.metrics["ndcg@10"] == 0.0611
    assert len(rest) >= 3
    for one in (first, *rest, *published("sessions", "retailrocket")):
        assert one.source
        assert all(0 < value < 1 for value in one.metrics.values())
    assert published("sequence", "nobody") == []


def test_the_command_writes_one_page_for_its_sets(tmp_path: Path) -> None:
    rows = folders.users(60)
    one = folders.sequences(tmp_path / "lastfm", rows, timed=False)
    file = tmp_path / "few.toml"
    file.write_text("[ranker]\ntrees = 5\n[report]\nablation_rows = 4000\n")
    out = tmp_path / "out"
    assert (
        main(["report", str(one), f"sequence:{one}", "--config", str(file), "--out", str(out)]) == 0
    )
    page, text = (out / "report.html").read_text(), (out / "report.md").read_text()
    for words in ("S3-Rec", "0.0427", "in the same run", "Split: leave one out", "slices",
                  "what each part is worth", "learning curve", "seeds"):  # fmt: skip
        assert words in text
        assert words in page
    assert page.count("<svg") >= 3
    assert (out / "sequence-lastfm-parts.svg").read_text().startswith("<svg")
