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


class Inbox:
    """Ask one seller, with room for two questions that wait and two that do not."""

    def __init__(self, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("data.knowledge.MOST_QUESTIONS", 2)
        self.stores, self.stream = stores, Stream()

    def ask(self, *statuses: str, visitor: str = "v") -> list[str]:
        for status in statuses:
            number = len(self.stream.entries)
            at, payload = NOW + number, question(number, status)
            self.stream.add(Kind.QUESTION, at, seller_id="s", visitor=visitor, payload=payload)
        return self.kept()

    def reply(self, name: str) -> list[str]:
        at, payload = NOW + len(self.stream.entries), Reply(question_id=name, text="好的")
        self.stream.add(Kind.REPLY, at, seller_id="s", payload=payload)
        return self.kept()

    def kept(self) -> list[str]:
        """Return what is kept, the same after a checkpoint and from the log alone."""
        state = self.stream.state
        self.stores.checkpoints.save(state.checkpoint())
        state.saved()
        restored, folded = State.restore(self.stores), State()
        for logged in self.stream.entries:
            folded.apply(logged)
        ours = state.knowledge.of("s")
        for again in (restored.knowledge, folded.knowledge):
            assert seen(again) == seen(state.knowledge)
            assert again.of("s").waiting == ours.waiting
        rows = [name for (_, name), _ in self.stores.catalog.knowledge()]
        assert sorted(rows) == sorted(f"question/{name}" for name in ours.questions)
        return list(ours.questions)


@pytest.fixture
def inbox(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    return Inbox(stores, monkeypatch)


def test_what_waits_and_what_does_not_have_room_of_their_own(inbox: Inbox) -> None:
    assert inbox.ask("handed_off", "handed_off", "answered") == ["q0", "q1", "q2"]
    assert inbox.ask("answered", "answered") == ["q0", "q1", "q3", "q4"]
    assert inbox.ask("handed_off") == ["q1", "q3", "q4", "q5"]


def test_of_those_that_wait_nobodys_go_first_and_never_the_newest(inbox: Inbox) -> None:
    assert inbox.ask("handed_off") == ["q0"]
    assert inbox.ask("handed_off", "handed_off", "handed_off", visitor="") == ["q0", "q3"]
    assert inbox.ask("handed_off") == ["q0", "q4"]
    assert inbox.ask("handed_off", visitor="") == ["q4", "q5"]


def test_a_reply_makes_its_question_the_last_to_go_of_those_that_do_not_wait(inbox: Inbox) -> None:
    assert inbox.ask("handed_off", "answered", "answered") == ["q0", "q1", "q2"]
    assert inbox.reply("q0") == ["q0", "q2"]
    assert inbox.ask("answered") == ["q0", "q4"]


def test_only_who_asked_can_rate_an_answer() -> None:
    stream = Stream()
    stream.add(Kind.QUESTION, seller_id="s", visitor="v", payload=question(1, "answered"))
    stream.add(Kind.ANSWER_RATED, seller_id="s", visitor="w", answer_id="q1", value=-1.0)
    assert stream.state.knowledge.of("s").questions["q1"].rating == 0
    stream.add(Kind.ANSWER_RATED, seller_id="s", visitor="v", answer_id="q1", value=0.0)
    assert stream.state.knowledge.of("s").questions["q1"].rating == -1
    assert stream.state.knowledge.of("s").questions["q1"].gap
