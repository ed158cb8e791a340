"""Ask retrievers for rows, and lend what they say of its kin to what has no acts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import History, Retriever, Rows, Scores


def scored(
    retrievers: Sequence[Retriever],
    history: History,
    rows: Rows,
    kin: Rows | None,
    out: Scores,
    asked: Sequence[Retriever] = (),
    said: Scores | None = None,
) -> None:
    """Fill `out` float32[n, columns of all], zeros so far, with what each retriever says of rows.

    Those `asked` are not asked again: `said` float32[n, their columns] is what they said. Rows that
    have `kin` int32[n, KIN] get the mean of what a retriever that lends says of these.
    """
    if kin is None:
        _ask(retrievers, history, rows, rows, out, asked, said)
        return
    needy = (kin[:, 0] >= 0).nonzero()[0]
    lenders = kin[needy]
    scores = np.zeros((len(rows) + lenders.size, out.shape[1]), np.float32)
    both = np.concatenate((rows, lenders.reshape(-1)))  # each retriever is asked once for both
    lending = _ask(retrievers, history, rows, both, scores, asked, said)
    out[:] = scores[: len(rows)]
    _lend(needy, lenders, scores[len(rows) :], np.array(lending, np.int64), out)


def _ask(
    retrievers: Sequence[Retriever],
    history: History,
    rows: Rows,
    both: Rows,
    out: Scores,
    asked: Sequence[Retriever],
    said: Scores | None,
) -> list[int]:
    """Fill the columns, of those that lend for `both` kinds of rows; return which these are."""
    column, told, lending = 0, 0, list[int]()
    for retriever in retrievers:
        behind = column + len(retriever.columns)
        if said is not None and retriever in asked:
            then = told + behind - column
            out[: len(rows), column:behind] = said[:, told:then]
            told = then
        elif retriever.lends:
            retriever.score(history, both, out[:, column:behind])
            lending += range(column, behind)
        else:
            retriever.score(history, rows, out[: len(rows), column:behind])
        column = behind
    return lending


@kernel
def _lend(
    needy: NDArray[np.int64],
    lenders: Rows,
    lent: Scores,
    columns: NDArray[np.int64],
    out: Scores,
) -> None:
    """Write over columns of the needy rows the mean of what is said of their lenders."""
    for i in range(len(needy)):
        count = np.float32(0)
        for lender in lenders[i]:
            count += np.float32(lender >= 0)
        for column in columns:
            total = np.float32(0)
            for place in range(lenders.shape[1]):
                total += lent[i * lenders.shape[1] + place, column]
            out[needy[i], column] = total / max(count, np.float32(1))
