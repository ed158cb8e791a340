"""Training for answers: the same bytes, true vectors, and one entry encoded when one changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from data.errors import Misconfigured
from data.knowledge import Asked, Faq, Question
from data.schemas import Kind, key64
from data.settings import StorageSettings
from models.answers.assistant import Assistant
from models.answers.confidence import SIGNALS
from models.answers.gaps import grouped
from models.answers.heard import heard
from models.answers.judge import RATED, SHIPPED, Judge, judge_key
from models.answers.library import Library, folded
from models.answers.record import Ask
from models.answers.rerank import COLUMNS, Reranker
from models.answers.vectors import Matrix, Vectors, text_key, write
from models.encoders.encoder import TextEncoder
from models.encoders.provide import USE
from tests.quality import gold
from tests.streams import NOW, Stream
from training import answers, drawn_shops, judges, reranking
from training.answer_sets import OWN, own


class Pairs:
    """Encode every text alike."""

    name, width = "m", 2

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 2), 0.7, np.float32)


def test_a_row_of_any_width_comes_back_to_one_part_in_sixty_two(tmp_path: Path) -> None:
    dense = np.random.default_rng(7).standard_normal((9, 10)).astype(np.float32)

    class Fixed:
        name, width = "ten", 10

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return dense[[int(text) for text in texts]]

    write(tmp_path, "ten", 10, {1: [str(n) for n in range(9)]}, Fixed())
    matrix = Matrix.open(tmp_path, "ten")
    assert matrix is not None
    keys = np.array([text_key(str(n)) for n in range(9)], dtype=np.uint64)
    read = matrix.read(matrix.find(1, keys), 10)
    assert np.abs(read - dense).max(axis=1) == pytest.approx(0, abs=float(np.abs(dense).max()) / 62)
    assert matrix.read(matrix.find(2, keys)[:0], 10).shape == (0, 10)


def test_a_seller_who_came_after_training_is_served_from_what_is_encoded_then(
    tmp_path: Path, encoder: TextEncoder
) -> None:
    version = answers.fit(answers.knowledge_of(taught().entries), NOW, tmp_path, [encoder])
    assert version is not None
    vectors, stream = Vectors([encoder], tmp_path / version), taught()
    assistant = Assistant(vectors, Judge.shipped([encoder.name]))
    entries = (("a", "独门秘方怎么寄？", "用冰袋寄。"), ("b", "能上门吗？", "不能。"))
    for name, question, answer in entries:
        faq = Faq(faq_id=name, question=question, answer=answer)
        stream.add(Kind.FAQ, seller_id="new", payload=faq)
    assistant.prepare("new", stream.state, NOW)
    told = assistant.respond(Ask("q", "new", "独门秘方怎么寄", NOW), stream.state, list)
    assert (told.status, told.answer) == ("answered", "用冰袋寄。")


def test_questions_that_no_matrix_has_are_grouped(tmp_path: Path, encoder: TextEncoder) -> None:
    version = answers.fit(answers.knowledge_of(taught().entries), NOW, tmp_path, [encoder])
    assert version is not None
    channels = Vectors([encoder], tmp_path / version).channels("s")
    texts = ("有没有五公斤装的", "五公斤一包的有吗", "可以用信用卡付款吗")
    gaps = [
        Asked(
            question=Question(question_id=f"q{n}", text=text, status="handed_off"),
            at=NOW,
            visitor=f"v{n}",
        )
        for n, text in enumerate(texts)
    ]
    groups = grouped(gaps, channels)
    assert [group.visitors for group in groups] == [2, 1]
    assert grouped(gaps[:1], channels)[0].text == texts[0]
    assert grouped([], channels) == []


def test_what_was_read_of_the_file_does_not_stay_in_the_process(tmp_path: Path) -> None:
    texts = [str(n) for n in range(3_000)]

    class Wide:
        name, width = "wide", 1_024

        def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
            return np.repeat(np.array([[float(text)] for text in texts], np.float32), 1_024, 1)

    write(tmp_path, "wide", 1_024, {1: texts}, Wide())
    matrix = Matrix.open(tmp_path, "wide")
    assert matrix is not None
    file = str(tmp_path / "wide.vectors.npy")
    assert matrix.vectors.sum() > 0  # maps all of it
    assert resident(file) * 1024 >= matrix.vectors.nbytes
    rows = matrix.find(1, np.array([text_key(text) for text in texts], np.uint64))
    first = matrix.read(rows, 1_024)
    assert resident(file) == 0
    assert np.array_equal(matrix.read(rows, 1_024), first)
    assert first[:, 0] == pytest.approx(np.arange(3_000.0), rel=1e-6)


def resident(file: str) -> int:
    """Return how many kB of a mapped file this process holds."""
    maps = Path("/proc/self/smaps").read_text("utf-8").split(file)
    return sum(int(part.split("Rss:")[1].split()[0]) for part in maps[1:])


def test_training_learns_for_the_encoders_that_are_set(
    tmp_path: Path, encoder_folder: Path
) -> None:
    for names, key in (((), []), ((str(encoder_folder),), [USE])):
        encoders = answers.opened(StorageSettings(home=tmp_path, encoders=names))
        version = answers.fit(
            answers.knowledge_of(taught().entries), NOW, tmp_path / "answers", encoders
        )
        assert version is not None
        written = Judge.read(tmp_path / "answers" / version / RATED)
        assert list(written) == [judge_key(key)]


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> TextEncoder:
    return TextEncoder(encoder_folder)


def taught() -> Stream:
    """Let two shops write down what they know, in several phrasings."""
    stream = Stream()
    for place, entry in enumerate(own()["own"]):
        question, *aliases = entry.phrasings
        faq = Faq(faq_id=entry.id, question=question, answer=f"答案 {place}", aliases=(*aliases,))
        stream.add(Kind.FAQ, seller_id=("s", "other")[place % 2], payload=faq)
    return stream


def test_the_same_knowledge_gives_the_same_bytes(tmp_path: Path, encoder: TextEncoder) -> None:
    knowledge = answers.knowledge_of(taught().entries)
    first = answers.fit(knowledge, NOW, tmp_path / "a", [encoder])
    second = answers.fit(knowledge, NOW, tmp_path / "b", [encoder])
    assert first == second
    assert first is not None
    assert (tmp_path / "a" / "current").read_text() == first
    assert answers.fit(knowledge, NOW, tmp_path / "a", [encoder]) == first
    judge = Judge.open(tmp_path / "a" / first / RATED, [encoder.name])
    assert 0 < judge.answers <= 1


def test_a_damaged_version_is_written_anew_by_the_next_training(
    tmp_path: Path, encoder: TextEncoder
) -> None:
    knowledge = answers.knowledge_of(taught().entries)
    version = answers.fit(knowledge, NOW, tmp_path, [encoder])
    assert version is not None
    whole = {path.name: path.read_bytes() for path in (tmp_path / version).iterdir()}
    (tmp_path / version / RATED).write_bytes(b"")  # as after a power cut
    assert answers.fit(knowledge, NOW, tmp_path, [encoder]) == version
    assert {path.name: path.read_bytes() for path in (tmp_path / version).iterdir()} == whole


def test_of_earlier_versions_the_last_is_kept(tmp_path: Path, encoder: TextEncoder) -> None:
    versions, stream = [], Stream()
    for place in range(4):
        faq = Faq(faq_id=f"f{place}", question=f"问题{place}？", answer="答案")
        stream.add(Kind.FAQ, seller_id="s", payload=faq)
        known = answers.knowledge_of(stream.entries)
        versions.append(answers.fit(known, NOW, tmp_path, [encoder]))
    assert len(set(versions)) == 4
    assert {path.name for path in tmp_path.iterdir()} == {"current", *map(str, versions[2:])}
    assert answers.current(tmp_path) == versions[3]


def by_the_bag() -> Stream:
    """Let a shop tell prices of goods by the number of bags: only figures tell entries apart."""
    stream = Stream()
    frames = "what do {} cost|how dear are {}|bill me for {}|{} for us|paying {}|discount on {}"
    for goods in ("rice", "beans", "tea", "salt", "flour", "nuts", "oats", "corn"):
        for turn, bags in enumerate((2, 5, 9)):  # what is held out of one stands in the others
            turned = np.roll(frames.split("|"), -turn)
            name = f"{bags} bags of {goods}"
            question, *aliases = (frame.format(name) for frame in turned)
            faq = Faq(faq_id=name, question=question, answer=name, aliases=(*aliases,))
            stream.add(Kind.FAQ, seller_id="s", payload=faq)
    return stream


def test_training_learns_an_order_where_phrasings_speak_for_one(tmp_path: Path) -> None:
    stream = by_the_bag()
    version = answers.fit(answers.knowledge_of(stream.entries), NOW, tmp_path, [])
    assert version is not None
    reranker = Reranker.open(tmp_path / version / "reranker.json", "0")
    assert reranker is not None
    assert reranker.weights[COLUMNS.index("figures")] < 0
    library = Library.of(stream.state.knowledge.of("s"), NOW)
    asked = reranking.contests([(library.entries, ())], judges.SEED)
    fused = [one.scores.argmax() == one.right for one in asked]
    learned = [(one.scores + reranker.lifts(one.rows)).argmax() == one.right for one in asked]
    assert np.mean(learned) > 0.9 > 0.5 > np.mean(fused)


def test_nothing_known_is_nothing_learned(tmp_path: Path, encoder: TextEncoder) -> None:
    assert answers.fit(answers.knowledge_of([]), NOW, tmp_path, [encoder]) is None


def test_vectors_come_back_from_the_matrix_nearly_as_they_were(
    tmp_path: Path, encoder: TextEncoder
) -> None:
    texts = {key64("seller", name): [f"{name} 问题 {n}" for n in range(5)] for name in "abc"}
    assert write(tmp_path, "m", encoder.width, texts, encoder) == 15
    matrix = Matrix.open(tmp_path, "m")
    assert matrix is not None
    keys = np.array([text_key("b 问题 3"), text_key("nowhere")], dtype=np.uint64)
    rows = matrix.find(key64("seller", "b"), keys)
    assert rows[1] == -1
    exact = encoder.encode(["b 问题 3"])[0]
    assert float(matrix.read(rows[:1], encoder.width)[0] @ exact) > 0.998
    assert (matrix.find(key64("seller", "a"), keys) == -1).all()
    assert (matrix.find(key64("seller", "nobody"), keys) == -1).all()


def test_editing_one_entry_encodes_that_entry_alone(tmp_path: Path, encoder: TextEncoder) -> None:
    stream = taught()
    knowledge = answers.knowledge_of(stream.entries)
    version = answers.fit(knowledge, NOW, tmp_path, [encoder])
    assert version is not None
    vectors = Vectors([encoder], tmp_path / version)
    assistant = Assistant(vectors, Judge.shipped([encoder.name]))
    ask = Ask(question_id="q", seller_id="s", text="几点能办入住", at=NOW)
    assistant.prepare("s", stream.state, NOW)
    assert assistant.respond(ask, stream.state, list).question_id == "q"
    store = vectors._stores[0]
    assert store.encoded == 0
    changed = Faq(faq_id="0", question="几点可以办理入住手续", answer="下午两点。")
    stream.add(Kind.FAQ, seller_id="s", payload=changed)
    assistant.prepare("s", stream.state, NOW)
    told = assistant.respond(ask, stream.state, list)
    assert store.encoded == 2  # its one phrasing and its answer
    assert told.status in {"answered", "clarify"}


def rated(count: int, value: float) -> Stream:
    """Let visitors of two shops ask what is written there, and rate what they are told."""
    stream = taught()
    signals = tuple(
        drawn_shops.draw({"own": own()["own"]}, [], judges.SEED, shops=2)["own"].rows[0].tolist()
    )
    for number in range(count):
        seller, name = ("s", "other")[number % 2], f"q{number}"
        asked = Question(question_id=name, text="多久发货", status="answered", signals=signals)
        stream.add(Kind.QUESTION, seller_id=seller, visitor=f"v{number}", payload=asked)
        stream.add(
            Kind.ANSWER_RATED, seller_id=seller, visitor=f"v{number}", answer_id=name, value=value
        )
    return stream


@pytest.mark.parametrize("value", [1.0, -1.0])
def test_the_judge_of_all_sellers_learns_from_ratings_and_from_nothing_else(
    value: float, tmp_path: Path
) -> None:
    shipped = Judge.shipped([])
    for count in (answers.LEAST - 1, answers.LEAST):
        knowledge = answers.knowledge_of(rated(count, value).entries)
        version = answers.fit(knowledge, NOW, tmp_path, [])
        assert version is not None
        judge = Judge.open(tmp_path / version / RATED, [])
        told = heard(one for _, one in knowledge.sellers())
        moved = float(judge.probability(told.rows)[0] - shipped.probability(told.rows)[0])
        assert np.sign(moved) == (0 if count < answers.LEAST else value)
        assert (judge.answers, judge.about) == (shipped.answers, shipped.about)


@pytest.mark.parametrize("name", list(OWN))
def test_our_own_sets_are_answered_and_say_nothing_that_the_gold_sets_do(name: str) -> None:
    entries = own()[name]
    assert len(entries) >= 100
    assert all(entry.answer and len(set(entry.phrasings)) >= 4 for entry in entries)
    ours = {text for entry in entries for text in (*entry.phrasings, entry.answer)}
    assert not {folded(text) for text in ours} & gold.said()


def test_a_judge_learns_from_shops_with_answers_and_without() -> None:
    drawn = drawn_shops.draw({"own": own()["own"]}, [], judges.SEED, shops=12)["own"]
    said = drawn.rows[:, SIGNALS.index("answer")]
    answered = {group: bool(said[drawn.groups == group].any()) for group in set(drawn.groups)}
    assert 2 <= sum(answered.values()) <= 10


def test_a_judge_is_tried_on_the_set_it_was_not_learned_from() -> None:
    entries = own()["own"]
    sets = {"even": entries[::2], "odd": entries[1::2]}
    found = drawn_shops.draw(sets, [], judges.SEED, shops=6)
    assert set(found) == {*sets, drawn_shops.MIXED}
    assert all(set(one.kinds) >= {"in", "near"} for one in found.values())
    told = judges.judged(found, judges.SEED)
    assert set(told) == set(found)
    for figures in told.values():
        assert 0 <= figures["ece"] <= 0.25
        assert figures["answered_near"] <= figures["answered_in"] + 0.05
    again = judges.judged(drawn_shops.draw(sets, [], judges.SEED, shops=6), judges.SEED)
    assert again == told


def test_what_another_version_learned_is_not_read(tmp_path: Path) -> None:
    shipped = msgspec.json.decode(SHIPPED.read_bytes())
    shipped["0"]["confidence"]["centre"].pop()
    (tmp_path / "judge.json").write_bytes(msgspec.json.encode(shipped))
    with pytest.raises(Misconfigured, match="is no judge"):
        Judge.open(tmp_path / "judge.json", ())
    shipped = msgspec.json.decode(SHIPPED.read_bytes())
    shipped["0"]["scored"] -= 1
    (tmp_path / "judge.json").write_bytes(msgspec.json.encode(shipped))
    with pytest.raises(Misconfigured, match="scores"):
        Judge.open(tmp_path / "judge.json", ())
    texts = {1: ["a", "b"]}
    write(tmp_path, "m", 2, texts, Pairs())
    np.save(tmp_path / "m.vectors.npy", np.zeros((2, 2), np.int8))
    assert Matrix.open(tmp_path, "m") is None


def test_labels_move_a_sellers_judge_towards_what_her_visitors_say() -> None:
    outcomes, folds = judges.by_set(
        drawn_shops.draw({"own": own()["own"]}, [], judges.SEED, shops=6)
    )
    judge = judges.learn(outcomes, folds=folds)
    rows = outcomes.rows[:100]
    for right in (True, False):
        own_judge = judge.shrunk(rows, np.full(len(rows), right))
        moved = own_judge.probability(rows).mean() - judge.probability(rows).mean()
        assert bool(moved > 0) is right
    assert judge.shrunk(rows[:0], np.zeros(0, np.bool_)) == judge
