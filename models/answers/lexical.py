"""Lexical likeness of short texts: cosine of TF-IDF over words and character n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.kernels import kernel
from models.answers.closeness import in_common
from models.pinyin import syllables
from models.text import HAN as HAN_RUN
from models.text import WORD

SHORTEST, LONGEST = 3, 5


def grams(text: str) -> list[str]:
    """Return the terms of a text that `models.language.plain` has folded.

    Latin words give themselves, pairs of neighbours and their character n-grams, which forgive a
    slip of the finger; Chinese runs give characters, pairs and triples, and how characters and
    pairs sound, which forgives the wrong choice among words that are typed alike.

    >>> grams("退货 fee")
    ['退', '货', '退货', '~tui', '~huo', '~tui huo', 'fee', '#fe', 'ee#', '#fee', 'fee#', '#fee#']
    """
    terms: list[str] = []
    before, spoken = "", syllables()
    for run in WORD.findall(text):
        if HAN_RUN.match(run):
            for size in (1, 2, 3):
                terms.extend(run[i : i + size] for i in range(len(run) - size + 1))
            sounds = [spoken.get(letter, letter) for letter in run]
            terms.extend(f"~{sound}" for sound in sounds)
            terms.extend(f"~{one} {other}" for one, other in pairwise(sounds))
            before = ""
            continue
        terms.append(run)
        if before:
            terms.append(f"{before} {run}")
        before = run
        marked = f"#{run}#"
        for size in range(SHORTEST, LONGEST + 1):
            pieces = (marked[i : i + size] for i in range(len(marked) - size + 1))
            terms.extend(piece for piece in pieces if piece != run)
    return terms


Weighed = tuple[NDArray[np.int64], NDArray[np.float32]]


@kernel
def _add_up(
    starts: NDArray[np.int32],
    texts: NDArray[np.int32],
    values: NDArray[np.float32],
    places: NDArray[np.int64],
    weights: NDArray[np.float32],
    total: NDArray[np.float32],
) -> None:
    """Add each term's weights to the texts that have it."""
    for k in range(len(places)):
        for at in range(starts[places[k]], starts[places[k] + 1]):
            total[texts[at]] += values[at] * weights[k]


class Lexicon:
    """Weigh the terms of a seller's texts; score a question against all of them at once.

    Weights are (1 + log tf) · idf with idf = log((1 + n) / (1 + df)) + 1, rows of unit length
    (Salton & Buckley 1988). A term of the question that no text has counts to its length: a
    question full of unknown words is like nothing.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Index texts in order."""
        counted = [Counter(grams(text)) for text in texts]
        self._terms = {term: n for n, term in enumerate(dict.fromkeys(chain(*counted)))}
        found = [self._terms[term] for row in counted for term in row]
        lengths = np.array([len(row) for row in counted], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        counts = np.array([one for row in counted for one in row.values()], dtype=np.float32)
        columns = np.array(found, dtype=np.int32)
        frequency = np.bincount(columns, minlength=len(self._terms))
        n = len(texts)
        self._idf = (np.log((1.0 + n) / (1.0 + frequency)) + 1.0).astype(np.float32)
        self._unknown = float(np.log(1.0 + n) + 1.0)
        weights = (1.0 + np.log(counts)) * self._idf[columns]
        shape = (n, len(self._terms))
        rows = sparse.csr_matrix((weights, columns, starts), shape=shape)
        norms = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        scale = np.repeat(1.0 / np.maximum(norms, 1e-9), lengths).astype(np.float32)
        self.rows = sparse.csr_matrix((weights * scale, columns, starts), shape=shape)
        by_term = self.rows.tocsc()
        self._starts = by_term.indptr.astype(np.int32)
        self._texts = by_term.indices.astype(np.int32)
        self._values = by_term.data.astype(np.float32)
        self._count = n

    @property
    def arrays(self) -> list[NDArray[np.generic]]:
        """Return what is kept in memory, but for the words themselves."""
        rows = self.rows
        return [rows.data, rows.indices, rows.indptr, self._values, self._texts, self._starts]

    def score(self, terms: Weighed) -> NDArray[np.float32]:
        """Return float32[texts], the cosine of a weighed text with each."""
        total = np.zeros(self._count, dtype=np.float32)
        _add_up(self._starts, self._texts, self._values, *terms, total)
        return total

    def weigh(self, text: str) -> Weighed:
        """Return the known terms of a folded text and their weights, the whole of unit length."""
        counted: dict[str, int] = {}
        for term in grams(text):
            counted[term] = counted.get(term, 0) + 1
        get = self._terms.get
        places = np.array([get(term, -1) for term in counted], dtype=np.int64)
        counts = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
        known = places >= 0
        places = places[known]
        weights = (1.0 + np.log(counts[known])) * self._idf[places]
        missing = len(counted) - len(places)
        length = np.sqrt(float(weights @ weights) + missing * self._unknown**2)
        return places, (weights / max(length, 1e-9)).astype(np.float32)

    def in_common(self, terms: Weighed, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Write what known terms and each of some rows have in common, float32[rows, 2]."""
        held = self.rows
        in_common(*terms, held.indptr, held.indices, held.data, held.shape[1], rows, out)
