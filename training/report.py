"""Write what a version was learned from and how it was judged: one content as Markdown and HTML."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from data.ranking_metrics import Interval
from models.cards import ModelCard
from training import charts
from training.card_page import card_page
from training.evaluate import MODEL, Judgement

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

_SHOWN: Final = ("ndcg@10", "hr@5", "hr@10", "hr@20", "mrr")


@dataclass(frozen=True, slots=True)
class Pick:
    """Show one judged question: what she had looked at, what was picked, what came."""

    seller: str
    touched: tuple[str, ...]
    picked: tuple[str, ...]
    right: str
    rank: int


@dataclass(slots=True)
class Section:
    """Hold one part of the report; `figures` are SVG by file name."""

    title: str
    text: list[str] = field(default_factory=list)
    table: Sequence[tuple[str, ...]] = ()
    figures: dict[str, str] = field(default_factory=dict)


def pages(
    judgement: Judgement | None, picks: Sequence[Pick], families: Mapping[str, float]
) -> Callable[[ModelCard], dict[str, bytes]]:
    """Return what writes the report's files beside a final model card."""

    def write(card: ModelCard) -> dict[str, bytes]:
        sections = [_verdict(card), _data(card)]
        if judgement is not None:
            sections += [against(judgement), _slices(judgement), _beyond(judgement)]
        sections += [_features(card, families), _picks(picks), _making(card)]
        sections = [one for one in sections if one.text or one.table or one.figures]
        found = {
            "card.md": card_page(card),
            "report.md": markdown(card, sections),
            "report.html": as_html(card, sections),
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
        gap = "" if difference is None else f"{difference.low:+.4f} to {difference.high:+.4f}"
        label = METHODS.get(method, "")
        title = f"{method} ({label})" if label else method
        table.append((title, *(_interval(found[name]) for name in names), gap))
    figures = {}
    for name, file in (("ndcg@10", "ndcg.svg"), ("hr@20", "hit-rate.svg")):
        if name in judgement.methods[MODEL]:
            values = {method: found[name] for method, found in judgement.methods.items()}
            figures[file] = charts.methods(name, values, MODEL)
    text = [f"{len(judgement.groups):,} questions; paired differences are of NDCG@10."]
    return Section("Against the baselines", text, table, figures)


def _slices(judgement: Judgement) -> Section:
    table: list[tuple[str, ...]] = [("slice", "questions", "model", "popularity", "difference")]
    for part in judgement.slices:
        gap = f"{part.difference.low:+.4f} to {part.difference.high:+.4f}"
        row = (_interval(part.model), _interval(part.popularity), gap)
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


def markdown(card: ModelCard, sections: Sequence[Section]) -> str:
    """Write the report as Markdown; figures are files beside it."""
    lines = [f"# Model {card.version}", ""]
    for section in sections:
        lines += [f"## {section.title}", ""]
        lines += [part for text in section.text for part in (text, "")]
        for place, row in enumerate(section.table):
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
            if place == 0:
                lines.append("|" + "---|" * len(row))
        lines += [""] if section.table else []
        lines += [f"![{name}]({name})" for name in section.figures]
        lines += [""] if section.figures else []
    return "\n".join(lines)


def as_html(card: ModelCard, sections: Sequence[Section]) -> str:
    """Write the report as one HTML file that needs no other."""
    title = html.escape(f"Model {card.version}")
    parts = [f"<h1>{title}</h1>"]
    for section in sections:
        parts.append(f"<h2>{html.escape(section.title)}</h2>")
        parts += [f"<p>{html.escape(text)}</p>" for text in section.text]
        if section.table:
            head, *rows = section.table
            parts.append("<div class=wide><table><tr>")
            parts += [f"<th>{html.escape(cell)}</th>" for cell in head]
            parts.append("</tr>")
            parts += [_row(row) for row in rows]
            parts.append("</table></div>")
        parts += [f"<figure>{svg}</figure>" for svg in section.figures.values()]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_CSS}</style>'
        f"<main>{''.join(parts)}</main></html>\n"
    )


def _row(row: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"


def _interval(found: Interval) -> str:
    return f"{found.value:.4f} ({found.low:.4f}–{found.high:.4f})"


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M")


_CSS: Final = """
body{margin:0;background:#faf9f6;color:#1f2a37}
body{font:15px/1.55 system-ui,"Noto Sans CJK SC",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;border-bottom:1px solid #e5e1d8}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.86rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0}
th,td{border-bottom:1px solid #ece8df}
th{font-weight:600;color:#52606d}figure{margin:1rem 0}svg{max-width:100%;height:auto}
"""
