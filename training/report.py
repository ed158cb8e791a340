"""Write what a version was learned from and how it was judged: one content as Markdown and HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from data.ranking_metrics import Interval
from models.cards import ModelCard, OffPolicy
from training import charts, study_page
from training.card_page import card_page
from training.evaluate import MODEL, Judgement
from training.pages import Section, as_html, markdown
from training.study import Study

METHODS: Final = {
    MODEL: "the learned model",
    "without dwell": "the same, dwell left out",
    "champion": "the champion's recipe",
    "oracle": "the oracle that knows the tastes",
    "popularity": "most acts on this card so far",
    "trending": "most acts on this card lately (half-life 7 days)",
    "recency": "her own latest first, then whatever was touched last",
    "item-kNN": "cosine neighbours of what she visited",
}
"""What each method of the tables does."""

_OVER: Final = "95 % interval over visitors"
_SHOWN: Final = ("ndcg@10", "hr@5", "hr@10", "hr@20", "mrr")


@dataclass(frozen=True, slots=True)
class Pick:
    """Show one judged question: what she had looked at, what was picked, what came."""

    seller: str
    touched: tuple[str, ...]
    picked: tuple[str, ...]
    right: str
    rank: int


def pages(
    judgement: Judgement | None,
    picks: Sequence[Pick],
    families: Mapping[str, float],
    studied: Study | None = None,
) -> Callable[[ModelCard], dict[str, bytes]]:
    """Return what writes the report's files beside a final model card."""

    def write(card: ModelCard) -> dict[str, bytes]:
        sections = [_verdict(card), _data(card)]
        if judgement is not None:
            sections += [against(judgement), _served(card.off_policy)]
            sections += [_slices(judgement), _beyond(judgement)]
        sections += [_features(card, families), *study_page.sections(studied), _picks(picks)]
        sections += [_making(card)]
        sections = [one for one in sections if one.text or one.table or one.figures]
        title = f"Model {card.version}"
        found = {
            "card.md": card_page(card),
            "report.md": markdown(title, sections),
            "report.html": as_html(title, sections),
        }
        figures = {name: svg for one in sections for name, svg in one.figures.items()}
        return {name: text.encode() for name, text in (found | figures).items()}

    return write


def _verdict(card: ModelCard) -> Section:
    promoted = card.verdict.promoted
    words = "may serve" if promoted else "stays a challenger"
    table = [("check", "holds", "figures")]
    table += [(c.name, "yes" if c.passed else "NO", c.detail) for c in card.verdict.checks]
    return Section(f"Verdict: {words}", [*card.notes], table)


def _data(card: ModelCard) -> Section:
    data, cuts = card.data, card.data.cuts
    counts = (
        f"{data.events:,} events, of them {data.interactions:,} interactions"
        f" ({data.dwells:,} dwell reports) of {data.visitors:,} visitors with {data.items:,} items"
        f" of {data.sellers:,} sellers; {_when(data.first_at)} to {_when(data.last_at)}."
    )
    protocol = (
        f"Retrievers fitted on what happened before {_when(cuts[0])}; the ranker learned from"
        f" questions from then to {_when(cuts[1])}; judged on questions from then to"
        f" {_when(cuts[2])}. A question stands strictly before an interaction: which item of this"
        " seller's shelf comes next, other than the one just looked at? Visitor profiles and item"
        " statistics are live up to that moment, as in serving. Ties are broken by lot, with equal"
        " luck for every method. The shipped retrievers are then fitted on everything."
    )
    replayed = card.replayed
    parity = "No logged recommendation to rebuild."
    if replayed.checked:
        parity = (
            f"{replayed.agreed:,} of {replayed.checked:,} logged recommendations were rebuilt to"
            f" the byte ({replayed.agreed / replayed.checked:.2%}); the rest was not learned from."
        )
    if replayed.unknown:
        parity += f" {replayed.unknown:,} name a version that is gone."
    used = ", ".join(f"{name} {count:,}" for name, count in card.examples.items())
    if not data.interactions:
        return Section("Data", [counts, parity])
    return Section("Data and protocol", [counts, protocol, f"Questions: {used}.", parity])


def against(judgement: Judgement) -> Section:
    """Set the model's metrics beside those of every other method."""
    names = [name for name in _SHOWN if name in judgement.methods[MODEL]]
    table: list[tuple[str, ...]] = [("method", *names, "model − method")]
    for method, found in judgement.methods.items():
        difference = judgement.differences.get(method)
        gap = "" if difference is None else _gap(difference)
        label = METHODS.get(method, "")
        title = f"{method} ({label})" if label else method
        table.append((title, *(_interval(found[name]) for name in names), gap))
    figures = {}
    for name, file in (("ndcg@10", "ndcg.svg"), ("hr@20", "hit-rate.svg")):
        if name in judgement.methods[MODEL]:
            values = {method: found[name] for method, found in judgement.methods.items()}
            figures[file] = charts.methods(f"{name.upper()}, {_OVER}", values, MODEL)
    text = [f"{len(judgement.groups):,} questions; paired differences are of NDCG@10."]
    return Section("Against the baselines", text, table, figures)


def _served(found: OffPolicy | None) -> Section:
    """Tell what each order would have brought, by the lists that were served meanwhile."""
    title = "What served lists tell"
    if found is None:
        return Section(title)
    text = [
        f"{found.lists:,} lists of {found.visitors:,} visitors, served in the judged window and"
        f" rebuilt; {found.acts:,} of their picks were acted on. A pick counts for an order by how"
        " much more often that order would have had it seen, over all slots, than the one that"
        " made the list (self-normalised; the plain estimate weighs by inverse propensity alone)."
        " Intervals are worked out from the chances. What had no chance in them is not covered.",
    ]
    table = [("order", "picks acted on, a list", "plain", "covered", "tells as much as", "model −")]
    table += [("as served", _interval(found.logged), "", "", "", _gap(found.above_logged))]
    for name, one in found.policies.items():
        row = (_interval(one.value), _interval(one.plain), f"{one.covered:.1%}")
        gap = "" if name == MODEL else _gap(one.behind)
        table.append((METHODS.get(name, name), *row, f"{one.effective:,.0f} picks", gap))
    shown = {"as served": found.logged, **{k: one.value for k, one in found.policies.items()}}
    label = "picks acted on, a list, 95 % interval"
    return Section(title, text, table, {"served.svg": charts.methods(label, shown, MODEL)})


def _gap(difference: Interval) -> str:
    return f"{difference.low:+.4f} to {difference.high:+.4f}"


def _slices(judgement: Judgement) -> Section:
    table: list[tuple[str, ...]] = [("slice", "questions", "model", "popularity", "difference")]
    for part in judgement.slices:
        row = (_interval(part.model), _interval(part.popularity), _gap(part.difference))
        table.append((f"{part.dimension}: {part.name}", f"{part.groups:,}", *row))
    broad = [part for part in judgement.slices if part.dimension != "seller"]
    figures = {"slices.svg": charts.slices(broad)} if broad else {}
    return Section("Slices, NDCG@10", [], table if judgement.slices else (), figures)


def _beyond(judgement: Judgement) -> Section:
    beyond, found = judgement.beyond, judgement.calibration
    text = [
        f"Coverage@10: {beyond['coverage@10']:.1%} of all listings came among some first ten."
        f" Novelty@10: {beyond['novelty@10']:.2f} bits of self-information a pick.",
    ]
    if found is None:
        return Section("Coverage, novelty, calibration", text)
    text.append(
        f"Chances are a softmax of the scores at temperature {found.temperature:.2f}, fitted on one"
        f" half of the visitors and checked on the other: expected calibration error"
        f" {found.error:.4f} over the first ten picks."
    )
    figures = {"calibration.svg": charts.calibration(found)}
    return Section("Coverage, novelty, calibration", text, figures=figures)


def _features(card: ModelCard, families: Mapping[str, float]) -> Section:
    figures = {}
    if card.importances:
        figures["importances.svg"] = charts.bars(card.importances, "share of the trees' gain")
    if families:
        label = "NDCG@10 lost when the family is shuffled"
        figures["families.svg"] = charts.bars(families, label)
    return Section("What moves the order", figures=figures)


def _picks(picks: Sequence[Pick]) -> Section:
    table: list[tuple[str, ...]] = [
        ("seller", "had looked at", "first five picks", "came next", "rank")
    ]
    for pick in picks:
        touched, picked = " · ".join(pick.touched) or "nothing yet", " · ".join(pick.picked)
        rank = f"{pick.rank:,}" if pick.rank < 10_000 else "missed"
        table.append((pick.seller, touched, picked, pick.right, rank))
    return Section("Picks to look at", [], table if picks else ())


def _making(card: ModelCard) -> Section:
    took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in card.durations_s.items())
    packages = ", ".join(f"{name} {version}" for name, version in card.packages.items())
    text = [
        f"Took {sum(card.durations_s.values()):.1f} s ({took}); peak memory"
        f" {card.peak_rss_mb:,.0f} MB.",
        f"Log {card.data.log_hash} up to entry {card.data.last_seq:,}; features"
        f" {card.fingerprint}; seed {card.seed}; {packages}.",
    ]
    return Section("How it was made", text)


def _interval(found: Interval) -> str:
    return f"{found.value:.4f} ({found.low:.4f}–{found.high:.4f})"


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
