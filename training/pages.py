"""Lay out sections of text, tables and figures as Markdown and as one HTML file."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final


@dataclass(slots=True)
class Section:
    """Hold one part of the report; `figures` are SVG by file name."""

    title: str
    text: list[str] = field(default_factory=list)
    table: Sequence[tuple[str, ...]] = ()
    figures: dict[str, str] = field(default_factory=dict)


def markdown(title: str, sections: Sequence[Section]) -> str:
    """Write sections as Markdown; figures are files beside it."""
    lines = [f"# {title}", ""]
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


def as_html(title: str, sections: Sequence[Section]) -> str:
    """Write sections as one HTML file that needs no other."""
    title = html.escape(title)
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
