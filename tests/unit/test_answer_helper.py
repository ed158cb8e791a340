"""The assistant of a process: indexes are made beside the loop, whatever is edited meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from data.knowledge import Faq, Question, SellerKnowledge, Source
from data.schemas import Item, Kind
from models import drafts
from models.answers.assistant import Assistant
from models.answers.blend import SCORED
from models.answers.confidence import SIGNALS
from models.answers.judge import RATED, Judge, judge_key
from models.answers.library import Library, Sayable
from models.answers.record import Ask
from models.answers.rerank import COLUMNS, Reranker
from models.answers.shops import FEW_PRODUCTS
from models.answers.texts import Read
from models.answers.vectors import Vectors
from service.helper import ATTEMPTS, Helper
from tests.streams import NOW, Stream

SHIPS = Faq(faq_id="ship", question="多久发货？", answer="两天内发货。")
GIFTS = Faq(faq_id="gift", question="可以包装成礼物吗？", answer="可以，免费包装。")


class Letters:
    """Encode a text by its letters; tell what is encoded on which thread, and let things happen."""

    name, width = "letters", 64

    def __init__(self, happens: Callable[[int], object] = lambda _: None) -> None:
        self.happens, self.made = happens, 0
        self.on_loop: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if threading.current_thread() is threading.main_thread():
            self.on_loop += texts
        else:
            self.made += 1
            self.happens(self.made)
        rows = np.full((len(texts), self.width), 1e-3, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text:
                row[ord(letter) % self.width] += 1
        unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def helped(encoder: Letters, home: Path) -> Helper:
    helper = Helper(home, ())
    helper.assistant = Assistant(Vectors([encoder]), Judge.shipped(["letters"]))
    return helper


def put(stream: Stream, *faqs: Faq) -> None:
    for faq in faqs:
        stream.add(Kind.FAQ, seller_id="s", payload=faq)


def asked(text: str) -> Ask:
    return Ask(question_id="q", seller_id="s", text=text, at=NOW)


def test_an_edit_while_the_index_is_made_is_in_the_next_and_none_is_made_on_the_loop(
    tmp_path: Path,
) -> None:
    stream = Stream()
    put(stream, SHIPS, Faq(faq_id="x", question="几点开门", answer="九点。"))
    encoder = Letters(lambda count: put(stream, GIFTS) if count == 1 else None)
    helper = helped(encoder, tmp_path)

    async def answer() -> Question:
        assistant = await helper.ready("s", stream.state, NOW)
        return assistant.respond(asked(GIFTS.question), stream.state, list)

    assert asyncio.run(answer()).answer == GIFTS.answer
    assert encoder.on_loop == [GIFTS.question.replace("？", "?")]


def test_what_a_seller_says_is_laid_out_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seventy milliseconds for 5,000 entries, in which nobody else would be answered."""
    stream = Stream()
    put(stream, SHIPS, GIFTS)
    on_loop: list[bool] = []

    def laid_out(self: Library, once: Callable[[Library], None] = Library.__post_init__) -> None:
        on_loop.append(threading.current_thread() is threading.main_thread())
        once(self)

    monkeypatch.setattr(Library, "__post_init__", laid_out)
    asyncio.run(helped(Letters(), tmp_path).ready("s", stream.state, NOW))
    assert on_loop == [False]


def test_what_was_taken_to_be_laid_out_is_of_one_moment() -> None:
    stream = Stream()
    put(stream, SHIPS)
    taken = Sayable.of(stream.state.knowledge.of("s"), NOW, None)
    put(stream, GIFTS)
    assert [entry.id for entry in taken.library().entries] == ["ship"]


def test_a_seller_who_goes_on_editing_is_answered_with_nothing_she_took_back(
    tmp_path: Path,
) -> None:
    stream = Stream()
    put(stream, SHIPS, GIFTS)

    def edit(count: int) -> None:
        put(stream, Faq(faq_id=f"new{count}", question=f"新问题 {count}", answer="新。"))
        put(stream, Faq(faq_id="gift", question=GIFTS.question, answer="不包装了。", version=count))

    encoder = Letters(edit)
    helper = helped(encoder, tmp_path)

    async def answer(text: str) -> Question:
        assistant = await helper.ready("s", stream.state, NOW)
        return assistant.respond(asked(text), stream.state, list)

    told = asyncio.run(answer(GIFTS.question))
    assert (told.status, told.reason) == ("handed_off", "changed")
    assert ATTEMPTS <= encoder.made <= 2 * ATTEMPTS
    assert asyncio.run(answer(SHIPS.question)).answer == SHIPS.answer


def test_questions_that_come_together_share_one_index(tmp_path: Path) -> None:
    stream = Stream()
    put(stream, SHIPS, GIFTS)
    encoder = Letters()
    helper = helped(encoder, tmp_path)

    async def all_at_once() -> None:
        await asyncio.gather(*(helper.ready("s", stream.state, NOW) for _ in range(5)))

    asyncio.run(all_at_once())
    assert encoder.made == 2  # its phrasings and its answers, once each


def test_a_large_shelf_is_read_beside_the_loop_and_only_what_changed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Stream()
    put(stream, SHIPS)
    goods = [Item(item_id=f"i{n}", title=f"面霜 {n}") for n in range(FEW_PRODUCTS + 1)]
    stream.shelf("s", goods)
    read: list[tuple[str, bool]] = []

    def reading(self: Read, item: Item, once: Callable[[Read, Item], None] = Read.__init__) -> None:
        on_loop = threading.current_thread() is threading.main_thread()
        read.append((item.item_id, on_loop))
        once(self, item)

    monkeypatch.setattr(Read, "__init__", reading)
    helper = helped(Letters(), tmp_path)

    async def answer(text: str) -> Question:
        assistant = await helper.ready("s", stream.state, NOW)
        return assistant.respond(asked(text), stream.state, lambda: range(FEW_PRODUCTS + 1))

    assert asyncio.run(answer("推荐一款面霜")).picks == ("i0", "i1", "i2")
    assert sorted(read) == sorted((item.item_id, False) for item in goods)
    read.clear()
    put(stream, GIFTS)  # another index, the same shelf
    stream.shelf("s", [Item(item_id="i0", title="眼霜")])
    assert asyncio.run(answer("推荐一款面霜")).picks == ("i1", "i2", "i3")
    assert read == [("i0", True)]


def test_the_visitor_s_own_order_is_made_once_a_question_and_only_where_it_is_needed() -> None:
    stream = Stream()
    put(stream, SHIPS)
    colours = {"n0": "黑色", "n1": "白色", "n2": "白色"}
    stream.shelf("s", [
        Item(item_id=name, title=f"{name} 托特包", category="包袋", attributes={"颜色": colour})
        for name, colour in colours.items()
    ])  # fmt: skip
    assistant = Assistant(Vectors(), Judge.shipped(()))
    assistant.prepare("s", stream.state, NOW)
    for text, item_id, times in (
        ("推荐一款红色的包", "", 1),  # nothing is red, what there is of bags is shown
        ("这个是白色的吗", "n0", 1),  # it is not, others are
        ("这个是黑色的吗", "n0", 0),
        ("多久发货？", "", 0),
    ):
        made: list[int] = []

        def order(made: list[int] = made) -> range:
            made.append(1)
            return range(3)

        ask = Ask(question_id="q", seller_id="s", text=text, at=NOW, item_id=item_id)
        assistant.respond(ask, stream.state, order)
        assert len(made) == times, text


def test_a_rating_that_turns_round_moves_the_judge_back() -> None:
    stream = Stream()
    put(stream, SHIPS, GIFTS)
    assistant = Assistant(Vectors(), Judge.shipped(()))
    for place in range(8):
        question = Question(
            question_id=f"q{place}",
            text="多久发",
            status="answered",
            sources=(Source("faq", "ship", ""),),
            signals=tuple(0.5 for _ in SIGNALS),
        )
        stream.add(Kind.QUESTION, seller_id="s", visitor="v", payload=question)

    def rate(value: float) -> float:
        for place in range(8):
            stream.add(
                Kind.ANSWER_RATED, seller_id="s", visitor="v", answer_id=f"q{place}", value=value
            )
        assistant.prepare("s", stream.state, NOW)
        return assistant.respond(asked("发货要多久呢"), stream.state, list).confidence

    bad, good = rate(-1.0), rate(1.0)
    assert bad < good
    assert rate(-1.0) == bad


def test_only_a_change_of_mind_counts_as_a_new_rating() -> None:
    stream = Stream()
    question = Question(question_id="q", text="?", status="answered")
    stream.add(Kind.QUESTION, seller_id="s", visitor="v", payload=question)

    def rated(value: float) -> SellerKnowledge:
        stream.add(Kind.ANSWER_RATED, seller_id="s", visitor="v", answer_id="q", value=value)
        return stream.state.knowledge.of("s")

    assert [rated(value).ratings for value in (1.0, 1.0, -1.0, -1.0, 1.0)] == [1, 1, 2, 2, 3]


def test_a_process_ranks_by_what_training_learned_for_its_encoders(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / "v1"
    folder.mkdir(parents=True)
    wide = len(COLUMNS)
    for name, written in (("0", True), ("use", False)):
        reranker = Reranker(name, SCORED, (0.0,) * wide, (1.0,) * wide, (0.1,) * wide)
        (folder / "reranker.json").write_bytes(msgspec.json.encode(reranker))
        judges = {"0": Judge.shipped(())}
        (folder / RATED).write_bytes(msgspec.json.encode(judges))
        (tmp_path / "answers" / "current").write_text("v1")
        helper = Helper(tmp_path, ())
        asyncio.run(helper.start())
        assert helper.assistant.reranker == (reranker if written else None)
        stream = Stream()
        for one in (SHIPS, GIFTS):
            more = tuple(f"{one.question}{letter}" for letter in "甲乙")
            put(stream, msgspec.structs.replace(one, aliases=more))
        asyncio.run(helper.ready("s", stream.state, NOW))
        (shop,) = helper.assistant._shops.values()
        assert shop.index.reranker == helper.assistant.reranker


def test_a_judge_that_learned_as_before_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / "v1"
    folder.mkdir(parents=True)
    daring = msgspec.structs.replace(Judge.shipped(()), answers=0.1)
    (folder / "judge.json").write_bytes(msgspec.json.encode({"0": daring}))
    (tmp_path / "answers" / "current").write_text("v1")
    helper = Helper(tmp_path, ())
    asyncio.run(helper.start())
    assert helper.assistant.judge == Judge.shipped(())


def test_a_broken_reranker_stops_no_answers(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / "v1"
    folder.mkdir(parents=True)
    (folder / RATED).write_bytes(msgspec.json.encode({"0": Judge.shipped(())}))
    (folder / "reranker.json").write_bytes(b"no json")
    (tmp_path / "answers" / "current").write_text("v1")
    helper = Helper(tmp_path, ())
    asyncio.run(helper.start())
    assert helper.assistant.reranker is None
    assert helper.assistant.version == "words@v1"


def test_a_version_that_is_written_anew_under_its_name_is_followed(tmp_path: Path) -> None:
    """Training writes a broken one again; its name is the hash of what it should hold."""
    answers, shipped = tmp_path / "answers", Judge.shipped(())
    own = msgspec.structs.replace(shipped, answers=0.123)

    def write(content: bytes) -> None:
        with drafts.draft(answers, ".new-") as where:
            folder = where / "version"
            folder.mkdir()
            (folder / RATED).write_bytes(content)
            drafts.place(folder, answers / "v1")
        (answers / "current").write_text("v1", "utf-8")

    async def thresholds() -> list[float]:
        helper = Helper(tmp_path, ())
        await helper.start()
        found = [helper.assistant.judge.answers]
        write(msgspec.json.encode({judge_key(()): own}))
        await helper.follow()
        before = helper.assistant
        await helper.follow()
        assert helper.assistant is before
        (answers / "v1").rename(answers / "aside")  # as it is for a moment while it is replaced
        await helper.follow()
        assert helper.assistant is before
        return [*found, before.judge.answers]

    write(b"{")
    assert asyncio.run(thresholds()) == [shipped.answers, 0.123]
