"""What sellers' assistants know survives restarts: checkpoint and tail give what the log gives."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from data.knowledge import Consultation, Faq, Knowledge, Question, Reply, Turn
from data.schemas import Event, Kind, Logged
from data.state import State, tail
from data.stores import Stores, open_stores
from tests.streams import MINUTE, NOW, Stream


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path / 'log.db'}"
    return open_stores(url)


def question(number: int, status: str = "handed_off") -> Question:
    return msgspec.convert(
        {"question_id": f"q{number}", "text": f"问题 {number}", "status": status}, Question
    )


def events() -> list[Event]:
    """Two shops that learn, are asked, reply and are rated, with a broken entry among them."""
    stream = Stream()
    for n in range(30):
        seller, at = ("s", "other")[n % 2], NOW + n * MINUTE
        faq = Faq(faq_id=f"f{n % 7}", question=f"问 {n}", answer=f"答 {n}", version=n + 1)
        stream.add(Kind.FAQ, at, seller_id=seller, payload=faq)
        talk = Consultation(consultation_id=f"c{n % 5}", turns=(Turn("visitor", f"问 {n}"),))
        stream.add(Kind.CONSULTATION, at, seller_id=seller, payload=talk)
        stream.add(Kind.QUESTION, at, seller_id=seller, visitor="v", payload=question(n))
        if n % 3 == 0:
            reply = Reply(question_id=f"q{n}", text=f"回复 {n}")
            stream.add(Kind.REPLY, at, seller_id=seller, payload=reply)
        if n % 4 == 0:
            rated = {"visitor": "v", "answer_id": f"q{n}", "value": float(n % 8 - 2)}
            stream.add(Kind.ANSWER_RATED, at, seller_id=seller, **rated)
    stream.add(Kind.FAQ, NOW, seller_id="s", payload={"faq_id": 7})
    return [entry.event for entry in stream.entries]


def seen(knowledge: Knowledge) -> bytes:
    return msgspec.json.encode(
        {
            name: [seller.faqs, seller.consultations, seller.questions]
            for name, seller in sorted(knowledge.sellers())
        }
    )


@pytest.mark.parametrize("cuts", [(), (1,), (40,), (10, 11, 80), (99,)])
def test_checkpoints_anywhere_and_a_restart_give_the_same_knowledge(
    stores: Stores, cuts: tuple[int, ...]
) -> None:
    stores.log.append(events())
    live = State()
    for logged in tail(stores, 0):
        live.apply(logged)
        if logged.seq in cuts:
            stores.checkpoints.save(live.checkpoint())
            live.saved()
    again = State.restore(stores)
    assert seen(again.knowledge) == seen(live.knowledge)
    assert again.seq == live.seq


def test_an_unreadable_entry_is_passed_over_and_counted() -> None:
    state = State()
    for seq, event in enumerate(events(), 1):
        state.apply(Logged(seq, event))
    assert state.unreadable == 1
    assert len(state.knowledge.of("s").faqs) == 7


def test_one_sellers_knowledge_never_holds_anothers() -> None:
    state = State()
    for seq, event in enumerate(events(), 1):
        state.apply(Logged(seq, event))
    ours, theirs = state.knowledge.of("s"), state.knowledge.of("other")
    assert not set(ours.questions) & set(theirs.questions)
    assert len(ours.questions) + len(theirs.questions) == 30


def test_a_full_inbox_lets_go_of_what_nobody_waits_for(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.knowledge.MOST_QUESTIONS", 3)
    stream = Stream()
    for n, status in enumerate(("handed_off", "answered", "answered", "handed_off", "answered")):
        payload = question(n, status)
        stream.add(Kind.QUESTION, NOW + n, seller_id="s", visitor="v", payload=payload)
        stores.checkpoints.save(stream.state.checkpoint())
        stream.state.saved()
    stores.log.append([entry.event for entry in stream.entries])
    assert list(stream.state.knowledge.of("s").questions) == ["q0", "q3", "q4"]
    assert list(State.restore(stores).knowledge.of("s").questions) == ["q0", "q3", "q4"]


def test_only_who_asked_can_rate_an_answer() -> None:
    stream = Stream()
    stream.add(Kind.QUESTION, seller_id="s", visitor="v", payload=question(1, "answered"))
    stream.add(Kind.ANSWER_RATED, seller_id="s", visitor="w", answer_id="q1", value=-1.0)
    assert stream.state.knowledge.of("s").questions["q1"].rating == 0
    stream.add(Kind.ANSWER_RATED, seller_id="s", visitor="v", answer_id="q1", value=0.0)
    assert stream.state.knowledge.of("s").questions["q1"].rating == -1
    assert stream.state.knowledge.of("s").questions["q1"].gap
