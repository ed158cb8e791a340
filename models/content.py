"""Content: how alike items are by their facets and words; also for items nobody has touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.dataset import Interactions
from data.kernels import kernel
from models.base import Arrays, History, ItemFacts, NotFitted, Rows, Scores
from models.kin import Kin
from models.links import LinkRetriever, Links
from models.spans import Span, Spans
from models.text import bag

LONG_LIST: Final = 1000


@dataclass(frozen=True, slots=True)
class Terms:
    """Hold items as TF-IDF rows of unit length.

    `starts` int64[items + 1]; `terms` int32[..]: places in `vocabulary`; `values` float32[..].
    `vocabulary` uint64[v] rising keys; `rarity` float32[v]; `axes` float32[v, d]: the directions
    of the dense vectors; `vectors` float32[items, d], unit length.
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    values: NDArray[np.float32]
    vocabulary: NDArray[np.uint64]
    rarity: NDArray[np.float32]
    axes: NDArray[np.float32]
    vectors: NDArray[np.float32]


@dataclass(eq=False)
class Content(LinkRetriever):
    """Link items of like content (exact TF-IDF cosine) and compare them with a history.

    Beside the links' columns: the dot product of an item with the decayed mean of the history,
    and with the latest visit. `facet_weight` scales facets against words, `depth` is the size of
    the dense vectors (truncated SVD of the TF-IDF rows) by which new items are compared. Terms of
    fewer than `rarest` items, or of more than `LONG_LIST` and a share of `commonest`, are left
    out.
    """

    name: ClassVar[str] = "content"
    columns: ClassVar[tuple[str, ...]] = (
        "content_sum", "content_max", "content_last", "content_links",
        "content_profile", "content_latest",
    )  # fmt: skip
    spans: ClassVar[Spans] = {
        **LinkRetriever.spans,
        "facet_weight": Span(0.25, 4.0, log=True),
    }
    facet_weight: float = 1.0
    rarest: int = 2
    commonest: float = 0.1
    depth: int = 64
    seed: int = 0
    terms: Terms | None = field(default=None, init=False)

    def fit(self, interactions: Interactions, facts: ItemFacts) -> Self:
        """Weigh the terms, link the items, find the dense directions."""
        self.terms = self._weigh(facts)
        self._acts = np.bincount(interactions.item, minlength=len(facts.texts)).astype(np.int64)
        self._take(self.link(interactions, facts))
        self._profile = np.zeros((len(self.terms.vocabulary), 2), np.float32)
        return self

    def link(self, interactions: Interactions, facts: ItemFacts) -> Links:  # noqa: ARG002
        """Link each item to those with the highest cosine."""
        t = self._known()
        columns = np.argsort(t.terms, kind="stable")
        lists = np.zeros(len(t.vocabulary) + 1, np.int64)
        np.cumsum(np.bincount(t.terms, minlength=len(t.vocabulary)), out=lists[1:])
        owners = np.repeat(np.arange(len(t.starts) - 1, dtype=np.int32), np.diff(t.starts))
        targets, strengths = _neighbours(
            t.starts, t.terms, t.values, lists, owners[columns], t.values[columns], self.cap
        )
        kept = targets >= 0
        starts = np.zeros(len(t.starts), np.int64)
        np.cumsum(kept.sum(axis=1), out=starts[1:])
        return Links(starts, targets[kept], strengths[kept])

    def _weigh(self, facts: ItemFacts) -> Terms:
        bags = [bag(text, facets) for text, facets in zip(facts.texts, facts.facets, strict=True)]
        n = len(bags)
        seen, spread = np.unique(
            np.fromiter((key for bag in bags for key in bag), np.uint64), return_counts=True
        )
        known = (spread >= self.rarest) & (spread <= max(self.commonest * n, LONG_LIST))
        vocabulary, spread = seen[known], spread[known]
        rarity = np.log((1 + n) / (1 + spread)).astype(np.float32)
        matrix = self._matrix(bags, vocabulary, rarity)
        axes = np.zeros((len(vocabulary), 0), np.float32)
        depth = min(self.depth, len(vocabulary) - 1, n - 1)
        if depth > 0 and matrix.nnz:
            from sklearn.decomposition import TruncatedSVD  # slow to load; serving never fits

            svd = TruncatedSVD(depth, n_iter=4, random_state=self.seed).fit(matrix)
            axes = np.ascontiguousarray(svd.components_.T, np.float32)
        return Terms(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float32),
            vocabulary,
            rarity,
            axes,
            _unit(np.asarray(matrix @ axes, np.float32)),
        )

    def _matrix(
        self,
        bags: Sequence[Mapping[int, bool]],
        vocabulary: NDArray[np.uint64],
        rarity: NDArray[np.float32],
    ) -> sparse.csr_array:
        keys = np.fromiter((key for bag in bags for key in bag), np.uint64)
        facet = np.fromiter((facet for bag in bags for facet in bag.values()), np.bool_)
        owner = np.repeat(np.arange(len(bags)), [len(bag) for bag in bags])
        place = np.searchsorted(vocabulary, keys)
        known = place < len(vocabulary)
        known[known] = vocabulary[place[known]] == keys[known]
        value = rarity[place[known]] * np.where(facet[known], np.float32(self.facet_weight), 1)
        matrix = sparse.csr_array(
            (value.astype(np.float32), (owner[known], place[known])),
            shape=(len(bags), len(vocabulary)),
        )
        matrix.sort_indices()
        norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.maximum(norms, 1e-9), np.diff(matrix.indptr)).astype(np.float32)
        return matrix

    def encode(
        self, texts: Sequence[str], facets: Sequence[tuple[str, ...]]
    ) -> NDArray[np.float32]:
        """Return unit vectors float32[n, d] of items, seen in fitting or not; unknown: zeros.

        Item by item, so that an item's bytes do not hang on which others it came with.
        """
        t = self._known()
        vectors = np.zeros((len(texts), t.axes.shape[1]), np.float32)
        for place, (text, own) in enumerate(zip(texts, facets, strict=True)):
            terms_of = bag(text, own)
            keys = np.fromiter(terms_of, np.uint64, len(terms_of))
            terms = np.minimum(np.searchsorted(t.vocabulary, keys), max(len(t.vocabulary) - 1, 0))
            if not len(t.vocabulary) or not len(keys):
                continue
            known = t.vocabulary[terms] == keys
            facet = np.fromiter(terms_of.values(), np.bool_, len(terms_of))[known]
            weight = t.rarity[terms[known]] * np.where(facet, np.float32(self.facet_weight), 1)
            vector = weight.astype(np.float32) @ t.axes[terms[known]]
            vectors[place] = vector / max(np.sqrt(vector @ vector), np.float32(1e-9))
        return vectors

    def score(self, history: History, rows: Rows, out: Scores) -> None:
        """Fill the links' columns and the likeness to the history and to its latest visit."""
        super().score(history, rows, out[:, :4])
        t = self._known()
        _likeness(
            t.starts, t.terms, t.values, history.rows, history.weights, self.recency,
            self._profile, rows, out,
        )  # fmt: skip

    def arrays(self) -> Arrays:
        """Return links, terms and directions."""
        t = self._known()
        return super().arrays() | {
            "term_starts": t.starts,
            "terms": t.terms,
            "values": t.values,
            "vocabulary": t.vocabulary,
            "rarity": t.rarity,
            "axes": t.axes,
            "vectors": t.vectors,
            "acts": self._acts,
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays, settings: Mapping[str, float]) -> Self:
        """Rebuild from links, terms and directions."""
        content = super().from_arrays(arrays, settings)
        content.terms = Terms(
            np.asarray(arrays["term_starts"], np.int64),
            np.asarray(arrays["terms"], np.int32),
            np.asarray(arrays["values"], np.float32),
            np.asarray(arrays["vocabulary"], np.uint64),
            np.asarray(arrays["rarity"], np.float32),
            np.asarray(arrays["axes"], np.float32),
            np.asarray(arrays["vectors"], np.float32),
        )
        content._acts = np.asarray(arrays["acts"], np.int64)
        content._profile = np.zeros((len(content.terms.vocabulary), 2), np.float32)
        return content

    def kin(self) -> Kin:
        """Return what finds the touched items most like any other."""
        return Kin(self._known().vectors, self._acts)

    def _known(self) -> Terms:
        if self.terms is None:
            raise NotFitted("content has weighed no terms yet: call fit first.")
        return self.terms


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.sqrt(np.einsum("nd,nd->n", vectors, vectors, dtype=np.float32))
    return np.asarray(vectors / np.maximum(norms, np.float32(1e-9))[:, None], np.float32)


@kernel
def _neighbours(
    starts: NDArray[np.int64],
    terms: NDArray[np.int32],
    values: NDArray[np.float32],
    lists: NDArray[np.int64],
    holders: NDArray[np.int32],
    weights: NDArray[np.float32],
    cap: int,
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return each item's most alike others by the inverted lists `holders`, `weights` of terms."""
    n_items = len(starts) - 1
    targets = np.full((n_items, cap), np.int32(-1))
    strengths = np.zeros((n_items, cap), np.float32)
    sums = np.zeros(n_items, np.float64)
    touched = np.zeros(n_items, np.int32)
    listed = np.full(n_items, -1)  # a sum of zero does not tell that an item is not listed yet
    for i in range(n_items):
        n = 0
        listed[i] = i  # an item is not its own neighbour
        for place in range(starts[i], starts[i + 1]):
            term = terms[place]
            for entry in range(lists[term], lists[term + 1]):
                other = holders[entry]
                if listed[other] != i:
                    listed[other] = i
                    touched[n] = other
                    n += 1
                sums[other] += values[place] * weights[entry]
        near = np.sort(touched[:n])
        alike = sums[near]
        order = np.argsort(-alike, kind="mergesort")[:cap]
        targets[i, : len(order)] = near[order]
        strengths[i, : len(order)] = alike[order].astype(np.float32)
        sums[near] = 0.0
        sums[i] = 0.0
    return targets, strengths


@kernel
def _likeness(  # noqa: C901 - one compiled loop
    starts: NDArray[np.int64],
    terms: NDArray[np.int32],
    values: NDArray[np.float32],
    visited: NDArray[np.int32],
    weights: NDArray[np.float32],
    recency: float,
    profile: NDArray[np.float32],
    rows: NDArray[np.int32],
    out: NDArray[np.float32],
) -> None:
    """Fill columns 4 and 5 with an item's dot product with the history and its latest visit.

    `profile` float32[vocabulary, 2] holds both while they are asked for, and zeros between.
    """
    total, latest = 0.0, 0.0
    for place in range(len(visited)):
        weight = weights[place] * np.exp(-place / recency)
        latest = weight if place == 0 else latest
        total += weight
        if visited[place] >= 0:
            for entry in range(starts[visited[place]], starts[visited[place] + 1]):
                value = np.float32(weight * values[entry])
                profile[terms[entry], 0] += value
                if place == 0:
                    profile[terms[entry], 1] += value
    for i in range(len(rows)):
        whole, last = np.float32(0), np.float32(0)
        if rows[i] >= 0:
            for entry in range(starts[rows[i]], starts[rows[i] + 1]):
                term = terms[entry]
                whole += profile[term, 0] * values[entry]
                last += profile[term, 1] * values[entry]
        out[i, 4] = whole / np.float32(total) if total > 0 else np.float32(0)
        out[i, 5] = last / np.float32(latest) if latest > 0 else np.float32(0)
    for row in visited:
        if row >= 0:
            for entry in range(starts[row], starts[row + 1]):
                profile[terms[entry]] = np.float32(0)
