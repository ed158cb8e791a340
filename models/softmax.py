"""Learning by sampled softmax: vectors of terms, moved so that what came next is told from others.

Compiled loops over batches; matrix products are BLAS's. The loss of a lesson is the negative
log-chance of the right item among itself and items drawn evenly, whose logits are raised by the
log of how many each stands for (Bengio & Senecal 2008, "Adaptive importance sampling to accelerate
training of a neural probabilistic language model"). Steps are Adagrad's (Duchi et al. 2011).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.bags import Bags, Floats, Ints, gathered, summed

_TINY: Final = np.float32(1e-6)


class Tower(NamedTuple):
    """Hold a tower's vectors float32[terms, d] and, for Adagrad, the sums of squared gradients."""

    vectors: Floats
    squares: Floats


class Lessons(NamedTuple):
    """Hold histories and what came next, in places of one list of visits, visitor by visitor.

    `items` int32[visits]; `weights` float32[visits]: what a visit counts in a history; `places`
    int64[n]: the visit that was right; `depth` int32[n]: how many visits before it count;
    `counts` float32[n]: what a lesson counts.
    """

    items: Ints
    weights: Floats
    places: NDArray[np.int64]
    depth: Ints
    counts: Floats


class Pace(NamedTuple):
    """Say how it is learned: lessons a step, the rate, the share of terms dropped, temperature."""

    batch: int
    rate: float
    drop: float
    temperature: float
    seed: int


@kernel
def learn(
    lessons: Lessons,
    order: NDArray[np.int64],
    drawn: Ints,
    every: float,
    fading: Floats,
    bags: Bags,
    seen: Tower,
    following: Tower,
    bias: Tower,
    pace: Pace,
) -> float:
    """Take the lessons in `order` int64[m], `pace.batch` a step; return their mean loss.

    `drawn` int32[steps, s]: the items drawn for each step; `every`: how many items each of them
    stands for; `fading` float32[depth]: what the latest visit, the one before ... count. `seen`
    is the tower of items in histories, `following` of those that come next, `bias` float32[items,
    1] beside it.
    """
    depth, n_terms = seen.vectors.shape[1], len(seen.vectors)
    gradients, touched = np.zeros((n_terms, depth), np.float32), np.zeros(n_terms, np.int32)
    held = np.zeros(n_terms, np.bool_)
    place_of = np.full(len(bags.starts) - 1, np.int32(-1))
    slopes, marks = np.zeros((len(place_of), 1), np.float32), np.zeros(len(place_of), np.bool_)
    hot, raised, loss = np.float32(pace.temperature), np.float32(np.log(every)), 0.0
    for step in range((len(order) + pace.batch - 1) // pace.batch):
        asked = order[step * pace.batch : (step + 1) * pace.batch]
        right, others = lessons.items[lessons.places[asked]], drawn[step]
        n, masks = len(asked), (2 * step + pace.seed * 1_000_003)
        used = _used(lessons, asked, place_of)
        visited = summed(bags, used, seen.vectors, masks, pace.drop)
        mean = _means(lessons, asked, fading, visited, place_of)
        lengths = _to_unit(mean)
        both = np.concatenate((right, others))
        next_ = summed(bags, both, following.vectors, masks + 1, pace.drop)
        widths = _to_unit(next_)
        answers, rivals = next_[:n], next_[n:]
        logits = np.dot(mean, rivals.T)
        pulls, total = _softmax(
            mean, answers, logits, right, others, bias.vectors, hot, raised, lessons.counts[asked]
        )
        loss += total
        down = np.dot(logits, rivals)
        up = np.empty((len(both), depth), np.float32)
        up[n:] = np.dot(logits.T, mean)
        for i in range(n):
            down[i] = (down[i] + pulls[i] * answers[i]) / hot
            up[i] = pulls[i] * mean[i]
        up /= hot
        _through_unit(mean, lengths, down)
        _through_unit(next_, widths, up)
        back = _spread(lessons, asked, fading, down, place_of, len(used))
        count = gathered(bags, used, back, masks, pace.drop, gradients, touched, held)
        _adagrad(seen, gradients, touched[:count], held, pace.rate)
        count = gathered(bags, both, up, masks + 1, pace.drop, gradients, touched, held)
        _adagrad(following, gradients, touched[:count], held, pace.rate)
        count = _slopes(right, others, pulls, logits, slopes, touched, marks)
        _adagrad(bias, slopes, touched[:count], marks, pace.rate)
        place_of[used] = np.int32(-1)
    return loss / max(len(order), 1)


@kernel
def _used(lessons: Lessons, asked: NDArray[np.int64], place_of: Ints) -> Ints:
    """Return the items in these lessons' histories, once each; `place_of` says where each is."""
    used, n = np.empty(lessons.depth[asked].sum(), np.int32), 0
    for lesson in asked:
        for back in range(1, lessons.depth[lesson] + 1):
            item = lessons.items[lessons.places[lesson] - back]
            if place_of[item] < 0:
                place_of[item] = n
                used[n] = item
                n += 1
    return used[:n]


@kernel
def _means(
    lessons: Lessons, asked: NDArray[np.int64], fading: Floats, visited: Floats, place_of: Ints
) -> Floats:
    """Return each history's faded sum, whose length does not matter."""
    out = np.zeros((len(asked), visited.shape[1]), np.float32)
    for i in range(len(asked)):
        place = lessons.places[asked[i]]
        for back in range(1, lessons.depth[asked[i]] + 1):
            weight = fading[back - 1] * lessons.weights[place - back]
            vector = visited[place_of[lessons.items[place - back]]]
            for d in range(len(vector)):
                out[i, d] += weight * vector[d]
    return out


@kernel
def _spread(
    lessons: Lessons,
    asked: NDArray[np.int64],
    fading: Floats,
    down: Floats,
    place_of: Ints,
    count: int,
) -> Floats:
    """Hand the histories' gradients on to the items in them."""
    out = np.zeros((count, down.shape[1]), np.float32)
    for i in range(len(asked)):
        place = lessons.places[asked[i]]
        for back in range(1, lessons.depth[asked[i]] + 1):
            weight = fading[back - 1] * lessons.weights[place - back]
            vector = out[place_of[lessons.items[place - back]]]
            for d in range(len(vector)):
                vector[d] += weight * down[i, d]
    return out


@kernel
def _to_unit(vectors: Floats) -> Floats:
    """Scale vectors to unit length in place; return how long they were."""
    lengths = np.empty(len(vectors), np.float32)
    for i in range(len(vectors)):
        total = np.float32(0)
        for d in range(vectors.shape[1]):
            total += vectors[i, d] * vectors[i, d]
        lengths[i] = np.sqrt(total) + _TINY
        vectors[i] /= lengths[i]
    return lengths


@kernel
def _through_unit(units: Floats, lengths: Floats, gradients: Floats) -> None:
    """Turn gradients of unit vectors into those of the vectors they were scaled from."""
    for i in range(len(units)):
        along = np.float32(0)
        for d in range(units.shape[1]):
            along += gradients[i, d] * units[i, d]
        for d in range(units.shape[1]):
            gradients[i, d] = (gradients[i, d] - along * units[i, d]) / lengths[i]


@kernel
def _softmax(
    mean: Floats,
    answers: Floats,
    logits: Floats,
    right: Ints,
    others: Ints,
    bias: Floats,
    hot: np.float32,
    raised: np.float32,
    counts: Floats,
) -> tuple[Floats, float]:
    """Turn cosines with the drawn items into gradients in place; return the answers' and the loss.

    An answer that was drawn, too, is no rival of itself.
    """
    pulls, loss, share = np.empty(len(mean), np.float32), 0.0, np.float32(len(mean))
    for i in range(len(mean)):
        own = np.float32(0)
        for d in range(mean.shape[1]):
            own += mean[i, d] * answers[i, d]
        own = own / hot + bias[right[i], 0]
        top = own
        for j in range(len(others)):
            logits[i, j] = logits[i, j] / hot + bias[others[j], 0] + raised
            if others[j] != right[i]:
                top = max(top, logits[i, j])
        chance = np.exp(own - top)
        whole = chance
        for j in range(len(others)):
            one = np.exp(logits[i, j] - top) if others[j] != right[i] else np.float32(0)
            logits[i, j] = one
            whole += one
        scale = counts[i] / (whole * share)
        for j in range(len(others)):
            logits[i, j] *= scale
        pulls[i] = (chance / whole - np.float32(1)) * counts[i] / share
        loss -= np.log(max(chance / whole, _TINY)) * counts[i]
    return pulls, loss


@kernel
def _slopes(
    right: Ints,
    others: Ints,
    pulls: Floats,
    logits: Floats,
    slopes: Floats,
    touched: Ints,
    marks: NDArray[np.bool_],
) -> int:
    """Sum the biases' gradients by item; return how many items are `touched`."""
    n = 0
    for i in range(len(right) + len(others)):
        item = right[i] if i < len(right) else others[i - len(right)]
        if not marks[item]:
            marks[item] = True
            touched[n] = item
            n += 1
            slopes[item, 0] = np.float32(0)
        slopes[item, 0] += pulls[i] if i < len(right) else logits[:, i - len(right)].sum()
    return n


@kernel
def _adagrad(
    tower: Tower, gradients: Floats, touched: Ints, held: NDArray[np.bool_], rate: float
) -> None:
    """Move the touched rows against their gradients, and let go of them."""
    pace = np.float32(rate)
    for row in touched:
        held[row] = False
        for d in range(gradients.shape[1]):
            slope = gradients[row, d]
            tower.squares[row, d] += slope * slope
            tower.vectors[row, d] -= pace * slope / (np.sqrt(tower.squares[row, d]) + _TINY)
