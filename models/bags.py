"""Items as bags of terms: vectors summed, and gradients handed back, with terms dropped at random.

Dropping: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
overfitting".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from data.kernels import kernel
from models.base import ItemFacts
from models.text import bag

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


class Bags(NamedTuple):
    """Hold which terms an item is the weighted sum of.

    `starts` int64[items + 1]; `terms` int32[..], rising for an item; `values` float32[..].
    """

    starts: NDArray[np.int64]
    terms: Ints
    values: Floats


def bags_of(facts: ItemFacts, rarest: int) -> tuple[Bags, int]:
    """Return what each item is the sum of, itself first, and how many terms there are.

    Words and facets of fewer than `rarest` items are left out, the rest of an item weigh one over
    the root of their number.
    """
    n = len(facts.texts)
    own = [bag(text, facets) for text, facets in zip(facts.texts, facts.facets, strict=True)]
    owners = np.repeat(np.arange(n), [len(one) for one in own])
    keys = np.fromiter((key for one in own for key in one), np.uint64)
    known, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    kept = counts >= rarest
    renamed = n + np.cumsum(kept) - 1
    owners, terms = owners[kept[place]], renamed[place[kept[place]]]
    shares = (1 / np.sqrt(np.maximum(np.bincount(owners, minlength=n), 1)))[owners]
    bags = sparse.csr_array(
        (
            np.concatenate((np.ones(n), shares)).astype(np.float32),
            (np.concatenate((np.arange(n), owners)), np.concatenate((np.arange(n), terms))),
        ),
        shape=(n, n + len(known)),
    )
    bags.sort_indices()
    return Bags(bags.indptr.astype(np.int64), bags.indices.astype(np.int32), bags.data), n + int(
        kept.sum()
    )


@kernel
def sums(bags: Bags, vectors: Floats) -> Floats:
    """Return each item's vector float32[items, d]: the weighted sum of its terms' vectors."""
    return summed(bags, np.arange(len(bags.starts) - 1, dtype=np.int32), vectors, 0, 0.0)


@kernel
def summed(bags: Bags, items: Ints, vectors: Floats, masks: int, drop: float) -> Floats:
    """Return vectors float32[n, d] of `items`: the weighted sums of their terms' `vectors`.

    A share of `drop` of the terms is left out, others by each of the `masks`, and the rest raised.
    """
    out = np.zeros((len(items), vectors.shape[1]), np.float32)
    for i in range(len(items)):
        for entry in range(bags.starts[items[i]], bags.starts[items[i] + 1]):
            weight = bags.values[entry] * _kept(bags.terms[entry], masks, drop)
            if weight != 0:
                vector = vectors[bags.terms[entry]]
                for d in range(len(vector)):
                    out[i, d] += weight * vector[d]
    return out


@kernel
def gathered(
    bags: Bags,
    items: Ints,
    back: Floats,
    masks: int,
    drop: float,
    gradients: Floats,
    touched: Ints,
    held: NDArray[np.bool_],
) -> int:
    """Hand the items' gradients `back` on to their terms, as `summed` took from these.

    Sums by term go into `gradients`, which terms into `touched`; returned is how many.
    """
    n = 0
    for i in range(len(items)):
        for entry in range(bags.starts[items[i]], bags.starts[items[i] + 1]):
            term = bags.terms[entry]
            weight = bags.values[entry] * _kept(term, masks, drop)
            if weight != 0:
                if not held[term]:
                    held[term] = True
                    touched[n] = term
                    n += 1
                    gradients[term] = np.float32(0)
                for d in range(back.shape[1]):
                    gradients[term, d] += weight * back[i, d]
    return n


@kernel
def _kept(term: int, masks: int, drop: float) -> np.float32:
    """Return what a term counts in a step: 0 when dropped (SplitMix64, Steele et al. 2014)."""
    if drop <= 0:
        return np.float32(1)
    z = np.uint64(term) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(masks) * np.uint64(
        0xD1B54A32D192ED03
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = (z ^ (z >> np.uint64(31))) >> np.uint64(40)
    return np.float32(0) if z < drop * 16777216.0 else np.float32(1 / (1 - drop))
