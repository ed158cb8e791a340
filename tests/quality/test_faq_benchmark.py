"""The FAQ benchmark on sets whose right answers anyone can see."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data.errors import Invalid
from models.answers.blend import TOPICS
from models.answers.library import Entry
from models.encoders.provide import E5, MINILM, USE
from training import benchmarks
from training.benchmarks import consultations
from training.benchmarks.answer_figures import coverage
from training.benchmarks.faq import SMALL, UNASKED, combined
from training.judges import calibration_error

ENTRIES = [
    {"id": "ship", "phrasings": ["多久发货", "什么时候发货"]},
    {"id": "back", "phrasings": ["可以退货吗", "能不能退"]},
    {"id": "bill", "phrasings": ["可以开发票吗", "怎么开票"]},
    {"id": "size", "phrasings": ["怎么选尺码", "穿多大码"]},
]
QUERIES = [
    ("请问多久发货", "ship", "in"),
    ("可以退货么", "back", "in"),
    ("能开发票吗", "bill", "in"),
    ("尺码怎么选", "size", "in"),
    ("有实体店吗", None, "near"),
    ("今天会下雨吗", None, "far"),
]


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_the_home(encoder_folder: Path) -> None:
    root = Path(os.environ["SMARTCARD_HOME"]) / "encoders"
    root.mkdir(parents=True, exist_ok=True)
    if not (root / encoder_folder.name).exists():
        (root / encoder_folder.name).symlink_to(encoder_folder)


def written(folder: Path, entries: Sequence[object], queries: Sequence[object]) -> Path:
    place = folder / "bench" / "tiny"
    place.mkdir(parents=True)
    for name, rows in (("entries", entries), ("queries", queries)):
        with gzip.open(place / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return folder


def queries(split: str = "test", **fields: Any) -> list[dict[str, Any]]:
    return [
        {"text": text, "entry": entry, "kind": kind, "split": split, **fields}
        for text, entry, kind in QUERIES
    ]


def test_the_nearest_entry_comes_first_and_strangers_are_told_apart(tmp_path: Path) -> None:
    found = benchmarks.run("faq", written(tmp_path, ENTRIES, queries()))
    tiny = {name: one["value"] for name, one in found["metrics"]["tiny"].items()}
    assert tiny["r@1"] == tiny["accuracy"] == tiny["mrr"] == 1.0
    assert tiny["auroc_far"] == 1.0
    assert tiny["answered_near"] == tiny["answered_far"] == 0.0
    assert "tiny: words alone" in found["baselines"]
    assert found["notes"]["encoders"] == {"tiny": "use-multilingual+topics"}
    assert "tiny" in benchmarks.render(found)


@pytest.mark.parametrize(
    ("installed", "phrasings", "measured"),
    [
        ([USE], 2, {"": [USE, TOPICS], UNASKED: [USE], "words alone": []}),
        ([USE], SMALL + 1, {"": [USE, TOPICS]}),
        (
            [USE, MINILM],
            2,
            {
                "": [USE, MINILM, TOPICS],
                USE: [USE, TOPICS],
                MINILM: [MINILM],
                UNASKED: [USE, MINILM],
                "words alone": [],
            },
        ),
        ([USE, E5], SMALL + 1, {"": [USE, TOPICS], f"{USE}+{E5}": [USE, E5, TOPICS]}),
        (
            [USE, MINILM, E5],
            SMALL + 1,
            {
                "": [USE, MINILM, TOPICS],
                f"{USE}+{E5}": [USE, E5, TOPICS],
                f"{USE}+{MINILM}+{E5}": [USE, MINILM, E5],
            },
        ),
    ],
)
def test_what_is_served_is_measured_beside_the_larger_encoder(
    installed: list[str], phrasings: int, measured: dict[str, list[str]]
) -> None:
    shops = {"s": [Entry("faq", "1", ("a",) * phrasings)]}
    assert combined(installed, shops) == measured


def test_sellers_are_searched_apart(tmp_path: Path) -> None:
    entries = [{**row, "seller": seller} for seller in "ab" for row in ENTRIES]
    asked = [row for seller in "ab" for row in queries(seller=seller)]
    found = benchmarks.run("faq", written(tmp_path, entries, asked))
    assert found["notes"]["sellers"] == {"tiny": 2}
    assert found["metrics"]["tiny"]["r@1"]["value"] == 1.0


def test_thresholds_come_from_valid_and_never_from_test(tmp_path: Path) -> None:
    valid = queries("valid") * 5
    swapped = [row | {"entry": None, "kind": "far"} for row in queries()]
    kept = benchmarks.run("faq", written(tmp_path / "a", ENTRIES, valid + queries()))
    other = benchmarks.run(
        "faq", written(tmp_path / "b", ENTRIES, valid + queries()[:1] + swapped[1:])
    )
    assert kept["notes"]["threshold"] == other["notes"]["threshold"]


def test_dialogues_are_indexed_and_cited(tmp_path: Path) -> None:
    talks = [
        ("几天能到", "三天。"),
        ("能退吗", "七天内。"),
        ("有发票吗", "有的。"),
        ("多大码", "均码。"),
    ]
    with gzip.open(tmp_path / "dialogs.jsonl.gz", "wt", encoding="utf-8") as file:
        for number, (asked, told) in enumerate(talks):
            turns = [{"role": "user", "text": asked}, {"role": "agent", "text": told}]
            file.write(json.dumps({"dialog": number, "turns": turns}) + "\n")
    found = benchmarks.run("faq", tmp_path)
    assert found["metrics"]["consultations"]["cited@1"]["value"] == 1.0
    assert found["notes"]["dialogues"]["consultations"] == 4
    assert "consultations" in benchmarks.render(found)
    (tmp_path / "dialogs.jsonl.gz").unlink()
    (tmp_path / "dialogs.jsonl").write_text('{"dialog": 1}\n')
    with pytest.raises(Invalid, match="no dialogue"):
        benchmarks.run("faq", tmp_path)


def test_phrasings_learnt_from_consultations_raise_accuracy() -> None:
    topics = ("退货", "发票", "运费", "尺码")
    ways = (
        "怎么{}",
        "{}怎么弄",
        "我想问{}",
        "{}是什么",
        "请问{}呢",
        "{}啊",
        "关于{}",
        "说说{}",
        "要{}",
        "{}吗",
        "这{}",
    )
    others = ("寄回去", "票据", "邮费", "多大")
    entries = [
        Entry("faq", topic, tuple(way.format(word) for way in ways for word in (topic, other)))
        for topic, other in zip(topics, others, strict=True)
    ]
    asked = [(f"{other}的事", topic) for topic, other in zip(topics, others, strict=True)]
    found = consultations.learnt(entries, asked, [], 7)
    assert found["accuracy_10"] == 1.0
    assert found["gain"] == pytest.approx(1.0 - found["accuracy_1"])


@pytest.mark.parametrize(
    ("entries", "asked", "told"),
    [
        ([{"id": "x"}], queries(), "needs id and phrasings"),
        (ENTRIES, [{"text": "x"}], "needs text, entry, kind, split"),
        (ENTRIES, queries(seller="nobody"), "known seller"),
    ],
)
def test_a_bad_line_is_named(
    tmp_path: Path, entries: list[object], asked: list[object], told: str
) -> None:
    with pytest.raises(Invalid, match=told) as caught:
        benchmarks.run("faq", written(tmp_path, entries, asked))
    assert ".jsonl.gz:1:" in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "asked", "told"),
    [
        (ENTRIES, queries("valid"), "has no question of the test split"),
        ([], [], "has no question of the test split"),
        ([row | {"phrasings": []} for row in ENTRIES], queries(), "no entry of .* has a phrasing"),
        ([{"id": "ship", "phrasings": "多久发货"}], queries(), "needs id and phrasings, a list"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    tmp_path: Path, entries: list[object], asked: list[object], told: str
) -> None:
    with pytest.raises(Invalid, match=told):
        benchmarks.run("faq", written(tmp_path, entries, asked))


def test_a_valid_split_of_strangers_alone_chooses_no_threshold(tmp_path: Path) -> None:
    strangers = queries("valid")[-2:]
    found = benchmarks.run("faq", written(tmp_path / "a", ENTRIES, strangers + queries()))
    shipped = benchmarks.run("faq", written(tmp_path / "b", ENTRIES, queries()))
    assert found["notes"]["threshold"] == shipped["notes"]["threshold"]
    assert found["metrics"] == shipped["metrics"]


def test_questions_about_no_entry_leave_what_is_learnt_alone(tmp_path: Path) -> None:
    many = [
        {"id": row["id"], "phrasings": [f"{row['phrasings'][0]}{n}" for n in range(11)]}
        for row in ENTRIES
    ]
    stray = {"text": "有实体店吗", "entry": "gone", "kind": "in", "split": "test"}
    found = benchmarks.run("faq", written(tmp_path / "a", many, [stray, *queries()]))
    alone = benchmarks.run("faq", written(tmp_path / "b", many, queries()))
    assert found["notes"]["learnt"] == alone["notes"]["learnt"]
    assert "learnt" in benchmarks.render(found)


def test_blank_lines_are_passed_over(tmp_path: Path) -> None:
    written(tmp_path, ENTRIES, queries())
    for path in (tmp_path / "bench" / "tiny").iterdir():
        lines = gzip.decompress(path.read_bytes()).decode()
        path.write_bytes(gzip.compress(f"\ufeff\n{lines}\r\n\n".encode()))
    found = benchmarks.run("faq", tmp_path)
    assert found["metrics"]["tiny"]["r@1"]["value"] == 1.0


def test_dialogues_without_an_answer_are_refused(tmp_path: Path) -> None:
    talk = {"dialog": 1, "turns": [{"role": "user", "text": "几天能到"}]}
    (tmp_path / "dialogs.jsonl").write_text(json.dumps(talk))
    with pytest.raises(Invalid, match="no dialogue in which a question is answered"):
        benchmarks.run("faq", tmp_path)


def test_a_folder_without_variants_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no bench"):
        benchmarks.run("faq", tmp_path)


def test_figures_are_those_of_the_books() -> None:
    chance = np.array([0.95, 0.85, 0.75, 0.65], dtype=np.float32)
    assert coverage(chance, np.array([True, True, False, True])) == 0.5
    assert coverage(chance, np.array([False, True, True, True])) == 0.0
    half = np.full(10, 0.55, dtype=np.float32)
    right = np.array([True, False] * 5)
    assert calibration_error(half, right) == pytest.approx(0.05, abs=1e-6)
