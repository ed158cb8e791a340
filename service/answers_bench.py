"""Measure answers: CPU time of a question, and the memory of very many sellers.

Latency is CPU time of one thread, so that a busy machine tells nearly what a quiet one does, and
stands beside the time of the encoder alone in the same run. Vectors of the many sellers are made
up: what is measured is where they lie and how they are found, not what they mean.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import thread_time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.knowledge import Faq
from data.schemas import Event, Kind, Logged, key64
from data.state import State
from data.world.answers import topics
from models.answers import topics as beside
from models.answers.assistant import Assistant
from models.answers.judge import Judge
from models.answers.library import folded
from models.answers.record import Ask
from models.answers.vectors import Vectors, write
from models.encoders.encoder import Encodes, TextEncoder
from models.encoders.provide import E5, MINILM, USE, provide
from service.edits import edit_event
from service.settings import ServiceSettings

SEED: Final = 7
NOW: Final = 1_790_000_000_000
PHRASINGS: Final = 3
QUESTIONS: Final = 400
WIDTH: Final = 512
POOL: Final = 4_096
Row = tuple[str, str]


def run(phrasings: int, sellers: int, entries: int, asked: int) -> Iterator[str]:
    """Measure; yield the lines of a table as they become known."""
    root = ServiceSettings().home / "encoders"
    # first, while no encoder that latency opens stands in the memory that is told
    with tempfile.TemporaryDirectory(prefix="answers-") as folder:
        yield f"{sellers:,} sellers, {entries} entries, three phrasings each"
        yield from _lines(memory(Path(folder), sellers, entries, asked))
    for names in ((), (USE,), (USE, MINILM), (USE, E5)):
        opened = [provide(name, root) for name in names]
        encoders = [encoder for encoder in opened if encoder is not None]
        if len(encoders) < len(names):
            continue  # a package is not installed
        yield f"{'+'.join(names) or 'words alone'}, {phrasings:,} phrasings"
        yield from _lines(latency(phrasings, encoders))


def latency(phrasings: int, encoders: Sequence[TextEncoder]) -> list[Row]:
    """Return CPU milliseconds of a question to a shop, and of the encoder alone."""
    state = State()
    texts = _texts()
    for seq in range(max(phrasings // PHRASINGS, 1)):
        first, *aliases = (next(texts) for _ in range(PHRASINGS))
        _put(state, seq + 1, "s", Faq(faq_id=str(seq), question=first, aliases=(*aliases,),
                                      answer=f"回答 {seq}：{first}"))  # fmt: skip
    known = beside.opened(encoders, ServiceSettings().home / "encoders")
    judge = Judge.shipped(beside.names([one.name for one in encoders]))
    assistant = Assistant(Vectors(encoders, topics=known), judge)
    assistant.prepare("s", state, NOW)
    questions = [next(texts) for _ in range(QUESTIONS)]

    def answer(text: str) -> object:
        ask = Ask(question_id="q", seller_id="s", text=text, at=NOW)
        return assistant.respond(ask, state, list)

    def encode(text: str) -> object:
        return [encoder.encode([folded(text)]) for encoder in encoders]

    rows: list[Row] = []
    for name, act in (("question", answer), ("encoder alone", encode)):
        if act is answer or encoders:
            spent = _spent(act, questions, encoders)
            rows.append((f"{name}, ms p50", f"{np.percentile(spent, 50):.2f}"))
            rows.append((f"{name}, ms p99", f"{np.percentile(spent, 99):.2f}"))
    if encoders:
        ratio = float(rows[0][1]) / max(float(rows[2][1]), 1e-9)
        rows.append(("question to encoder, p50", f"{ratio:.2f}"))
    return rows


def _spent(
    act: Callable[[str], object], texts: Sequence[str], encoders: Sequence[TextEncoder]
) -> NDArray[np.float64]:
    for text in texts[:20]:
        act(text)
    spent = []
    for text in texts:
        for encoder in encoders:
            encoder.forget()
        begun = thread_time()
        act(text)
        spent.append((thread_time() - begun) * 1e3)
    return np.array(spent)


class _Drawn:
    """Stand for an encoder: vectors out of a pool, chosen by the text."""

    name, width = "drawn", WIDTH

    def __init__(self) -> None:
        pool = np.random.default_rng(SEED).standard_normal((POOL, WIDTH)).astype(np.float32)
        self._pool = pool / np.linalg.norm(pool, axis=1, keepdims=True)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(self._pool[[key64("text", text) % POOL for text in texts]])


def memory(folder: Path, sellers: int, entries: int, asked: int) -> list[Row]:
    """Return the sizes of the file and of a process that answers for some of the sellers.

    The file is written by a process of its own, as it is by training.
    """
    before = _resident()
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        rows = apart.submit(_write, folder, sellers, entries).result()
    size = sum(path.stat().st_size for path in folder.iterdir())
    encoder: Encodes = _Drawn()
    assistant = Assistant(Vectors([encoder], folder), Judge.shipped([encoder.name]))
    made = []
    for seller in np.random.default_rng(SEED).permutation(sellers)[:asked].tolist():
        state, name = State(), f"s{seller}"
        for seq, faq in enumerate(_faqs(seller, entries), 1):
            _put(state, seq, name, faq)
        begun = thread_time()
        assistant.prepare(name, state, NOW)
        made.append((thread_time() - begun) * 1e3)
        assistant.respond(Ask(question_id="q", seller_id=name, text="请问", at=NOW), state, list)
    after = _resident()
    return [
        ("texts in the file", f"{rows:,}"),
        ("file, mapped, GB", f"{size / 1e9:.2f}"),
        ("sellers asked", f"{asked:,}"),
        ("an index made, CPU ms p50", f"{np.percentile(made, 50):.1f}"),
        ("indexes at hand, MB", f"{assistant.nbytes / 1e6:.0f}"),
        ("resident, of its own, MB", f"{after['RssAnon']:.0f} (before {before['RssAnon']:.0f})"),
        ("resident, of files, MB", f"{after['RssFile']:.0f} (before {before['RssFile']:.0f})"),
    ]


def _write(folder: Path, sellers: int, entries: int) -> int:
    def texts(seller: int) -> list[str]:
        faqs = _faqs(seller, entries)
        return [folded(text) for faq in faqs for text in (faq.question, *faq.aliases, faq.answer)]

    keyed = _Lazily({key64("seller", f"s{seller}"): seller for seller in range(sellers)}, texts)
    return write(folder, _Drawn.name, _Drawn.width, keyed, _Drawn())


def _faqs(seller: int, entries: int) -> list[Faq]:
    return [
        Faq(faq_id=str(n), question=f"{seller} 问题 {n}", answer=f"{seller} 的回答 {n}",
            aliases=(f"{seller} 请问 {n}", f"{seller} 想问 {n}"))
        for n in range(entries)
    ]  # fmt: skip


class _Lazily(dict[int, list[str]]):
    """Give each seller's texts when they are asked for: all at once would fill the memory."""

    def __init__(self, sellers: dict[int, int], texts: Callable[[int], list[str]]) -> None:
        super().__init__((key, []) for key in sellers)
        self._sellers, self._texts = sellers, texts

    def __getitem__(self, key: int) -> list[str]:
        return self._texts(self._sellers[key])


def _put(state: State, seq: int, seller: str, faq: Faq) -> None:
    event: Event = edit_event(Kind.FAQ, seller, None, faq, None, (NOW, seq, 0))
    state.apply(Logged(seq, event))


def _texts() -> Iterator[str]:
    """Yield texts of shops that differ: a topic's phrasing, and what it is asked of."""
    number = 0
    while True:
        for topic in topics().topics:
            for text in (*topic.zh, *topic.en):
                number += 1
                yield f"{text} {number}"


def _resident() -> dict[str, float]:
    """Return the process's resident memory in MB by kind (`/proc/self/status`)."""
    found = {}
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        name, _, rest = line.partition(":")
        if name in {"RssAnon", "RssFile"}:
            found[name] = int(rest.split()[0]) / 1024
    return found


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    for name, value in rows:
        yield f"  {name:<28} {value:>24}"
