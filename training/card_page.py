"""Write the model card as a page to read: from what, how good, and where not to trust it."""

from __future__ import annotations

from datetime import UTC, datetime

from models.cards import ModelCard


def card_page(card: ModelCard) -> str:
    """Return the card as Markdown."""
    lines = [f"# Model card: {card.version}", ""]
    for title, words in (
        ("What it is for", _purpose(card)),
        ("Data", _data(card)),
        ("How good", _figures(card)),
        ("Where not to trust it", _limits(card)),
        ("Gate", _gate(card)),
        ("Made with", _made(card)),
    ):
        lines += [f"## {title}", "", *words, ""]
    return "\n".join(lines)


def _purpose(card: ModelCard) -> list[str]:
    order = "learned" if card.importances else "a prior that nothing was learned for"
    return [
        "Orders the products of one seller's shelf for one visitor at one moment; never prices,",
        f"never other sellers' products. The order is {order}, over {len(card.feature_names)}",
        "features without ids of people, items or sellers; people can switch it off.",
    ]


def _data(card: ModelCard) -> list[str]:
    data = card.data
    days = (data.last_at - data.first_at) / 86_400_000
    return [
        f"- {data.events:,} log entries over {days:,.1f} days up to {_when(data.last_at)}, entry"
        f" {data.last_seq:,}, hash {data.log_hash}",
        f"- {data.interactions:,} interactions ({data.dwells:,} dwell reports) of"
        f" {data.visitors:,} visitors with {data.items:,} items of {data.sellers:,} sellers",
        "- visitors are keyed hashes; those who refused personal picks are left out",
        *(f"- questions {name}: {count:,}" for name, count in card.examples.items()),
    ]


def _figures(card: ModelCard) -> list[str]:
    if not card.metrics:
        return ["Not judged: too little happened."]
    names = list(card.metrics)
    rows = ["| method | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for method, found in {"model": card.metrics, **card.baselines}.items():
        cells = [f"{found[n].value:.4f} ({found[n].low:.4f}–{found[n].high:.4f})" for n in names]
        rows.append(f"| {method} | " + " | ".join(cells) + " |")
    beyond = [f"- {name.replace('_', ' ')}: {value:.4f}" for name, value in card.beyond.items()]
    return [*rows, "", *beyond, *_served(card)]


def _served(card: ModelCard) -> list[str]:
    told = card.off_policy
    if told is None:
        return []
    return [
        f"- {told.lists:,} served lists: {told.logged.value:.4f} picks acted on a list",
        *(
            f"- by these the {name} would bring {one.value.value:.4f}"
            f" ({one.value.low:.4f}–{one.value.high:.4f}), {one.covered:.0%} of it covered"
            for name, one in told.policies.items()
        ),
    ]


def _limits(card: ModelCard) -> list[str]:
    weak = [
        f"- {part.dimension} {part.name}: {part.model.value:.4f} against popularity's"
        f" {part.popularity.value:.4f} on {part.groups:,} questions"
        for part in card.slices
        if part.difference.low <= 0
    ]
    share = card.replayed.share
    parity = [
        f"- {card.replayed.checked - card.replayed.agreed:,} of {card.replayed.checked:,} logged"
        " lists could not be rebuilt to the byte"
    ]
    found = [*card.notes, *weak, *(parity if share is not None and share < 1 else [])]
    return found or ["Every slice with enough questions is above popularity, intervals apart."]


def _gate(card: ModelCard) -> list[str]:
    verdict = "May serve." if card.verdict.promoted else "Stays a challenger."
    checks = [f"- {'✓' if c.passed else '✗'} {c.name}: {c.detail}" for c in card.verdict.checks]
    return [verdict, "", *checks]


def _made(card: ModelCard) -> list[str]:
    packages = ", ".join(f"{name} {version}" for name, version in card.packages.items())
    return [
        f"- {_when(card.created_at)}, seed {card.seed}, {sum(card.durations_s.values()):.1f} s,"
        f" {card.peak_rss_mb:,.0f} MB at most",
        f"- features {card.fingerprint}",
        f"- {packages}",
        f"- settings, and the SHA-256 of the {len(card.files)} files: card.json",
    ]


def _when(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
