"""Ask retrievers for rows, and lend what they say of its kin to what has no acts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.kernels import kernel
from models.base import History, Retriever, Rows, Scores

_NOBODY: Final = np.empty(0, np.int64)


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
    column, told = 0, 0
    needy = np.flatnonzero(kin[:, 0] >= 0) if kin is not None else _NOBODY
    lenders = kin[needy] if kin is not None else None
    for retriever in retrievers:
        columns = len(retriever.columns)
        block = out[:, column : column + columns]
        if said is not None and retriever in asked:
            block[:] = said[:, told : told + columns]
            told += columns
        else:
            retriever.score(history, rows, block)
            if lenders is not None and len(needy) and retriever.lends:
                lent = np.zeros((lenders.size, columns), np.float32)
                retriever.score(history, lenders.reshape(-1), lent)
                _lend(needy, lenders, lent, block)
        column += columns


@kernel
def _lend(needy: NDArray[np.int64], lenders: Rows, lent: Scores, block: Scores) -> None:
    """Write over the needy rows of a block the mean of what is said of their lenders."""
    for i in range(len(needy)):
        count = np.float32(0)
        for lender in lenders[i]:
            count += np.float32(lender >= 0)
        for column in range(block.shape[1]):
            total = np.float32(0)
            for place in range(lenders.shape[1]):
                total += lent[i * lenders.shape[1] + place, column]
            block[needy[i], column] = total / max(count, np.float32(1))
