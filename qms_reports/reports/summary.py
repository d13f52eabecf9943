"""The summary: sentences made from the numbers, by the template's rules or by the rule of the house."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Template
from qms_reports.declarations.template_references import kpis_of_template
from qms_reports.declarations.text_expressions import holds, render_text
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.figure_context import Context

_MOST_ACTIONS = 3
_MOST_ABSENT = 4


def summary(filling: Filling, template: Template, absent: Iterable[str], context: Context) -> tuple[str, ...]:
    """The sentences of the summary.

    Args:
        filling: The figures.
        template: The rules; without any, the rated figures are counted.
        absent: Datasets without data for the period.
        context: What the rules may name.
    """
    if not template.summary:
        return default_sentences(filling, template, absent)
    tag = filling.language.tag
    said = [render_text(rule.say, context, tag) for rule in template.summary if holds(rule.when, context, tag)]
    if missing := absent_sentence(filling, absent):
        said.append(missing)  # a reader must not take silence for "all is well"
    return tuple(filter(None, said)) or (filling.language.text("document.nothing_to_say"),)


def default_sentences(filling: Filling, template: Template, absent: Iterable[str]) -> tuple[str, ...]:
    """What matters: how many figures are rated how, the ones that need action, and what has no data.

    Args:
        filling: The figures.
        template: Which of them.
        absent: Datasets without data for the period.
    """
    words = filling.language
    rated: dict[str, list[str]] = {"good": [], "warning": [], "bad": []}
    for name in kpis_of_template(template):
        kpi, row = filling.catalogue.kpis[name], filling.table.total(name)
        if row is not None and row.status in rated:
            value = wording.with_unit(wording.number(row.value, kpi.decimals, words), kpi.unit, words)
            rated[row.status].append(f"{kpi.title} ({value})")
    sentences = []
    if any(rated.values()):
        counts = {status: len(found) for status, found in rated.items()}
        sentences.append(words.text("document.rated", count=sum(counts.values()), **counts))
    if rated["bad"]:
        sentences.append(words.text("document.for_action", figures=listed(words, rated["bad"], _MOST_ACTIONS)))
    if missing := absent_sentence(filling, absent):
        sentences.append(missing)
    return tuple(sentences) or (words.text("document.nothing_rated"),)


def absent_sentence(filling: Filling, absent: Iterable[str]) -> str:
    """Which datasets have no data for the period, or the empty text."""
    titles = [dataset_title(filling, name) for name in sorted(absent)]
    if not titles:
        return ""
    names = listed(filling.language, titles, _MOST_ABSENT)
    return filling.language.text("document.no_data_for", period=filling.period_label(), names=names)


def listed(words: Language, items: Sequence[str], most: int) -> str:
    """The first of some items in one text, and how many more there are."""
    comma = words.text("document.comma")
    if len(items) > most:
        return words.text("document.and_more", items=comma.join(items[:most]), count=len(items) - most)
    if len(items) == 1:
        return items[0]
    return words.text("document.and", items=comma.join(items[:-1]), last=items[-1])


def dataset_title(filling: Filling, dataset: str) -> str:
    """The title of a dataset inside a sentence."""
    title = filling.catalogue.datasets[dataset].title
    if filling.language.tag != "en":
        return title
    return " ".join(word if sum(map(str.isupper, word)) > 1 else word.lower() for word in title.split(" "))


def no_data(filling: Filling, dataset: str) -> str:
    """Why there is nothing of a dataset to show, or the empty text if there is."""
    words = filling.language
    coverage = filling.session.coverage[filling.catalogue.stored(dataset).dataset]
    said = {"title": dataset_title(filling, dataset), "period": filling.period_label()}
    if coverage.first is None or coverage.until is None:
        return words.text("document.nothing_known", **said)
    if filling.period.start > coverage.until:
        first, until = words.date(coverage.first), words.date(coverage.until)
        return words.text("document.not_covered", first=first, until=until, **said)
    if filling.period.end <= coverage.first:
        return words.text("document.not_begun", first=words.date(coverage.first), **said)
    return ""
