"""Every kind of issue: what it means, an example, and the cure; docs/issues.md is written from here.

python -m qms_reports.declarations.issue_codes docs/issues.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

CATEGORIES = {
    "structure": "How a file is written, and what it refers to.",
    "sources": "Where records come from. What needs the files themselves is asked by `validate --probe`.",
    "charts": "Whether a chart can be read.",
    "parameters": "What may differ between reports of one template.",
    "text": "Values in text, `{{ … }}`, and conditions. The language is described in [templates.md](templates.md).",
    "sql": "Expressions over records. What may be used is listed in [catalogue.md](catalogue.md#sql).",
    "performance": "What takes the time of a report: `validate --performance`.",
    "data_quality": "Whether there are records enough: `validate --data`.",
}
"""First part of a code to what it is about."""


class Code(NamedTuple):
    """One kind of issue.

    Attributes:
        meaning: What is wrong.
        example: How it comes about.
        cure: How to mend it.
    """

    meaning: str
    example: str
    cure: str


CODES: dict[str, Code] = {
    "structure.alias": Code(
        "An alias (`*name`) repeats nothing, or itself.", "title: *nothing",
        "Define it first with `&name`, or put text that begins with `*` into quotes."),
    "structure.broken_include": Code(
        "A partial cannot be read.", "include: [partials/frame.yaml]   # which is no YAML", "Mend that file first."),
    "structure.broken_reference": Code(
        "What is referred to is declared, but broken.", "tiles: [a_kpi_with_mistakes]",
        "Mend its own declaration; its issues are in the same list."),
    "structure.circular_include": Code(
        "A partial includes itself, perhaps by way of others.", "include: [frame.yaml]   # in frame.yaml",
        "Take one of these includes out."),
    "structure.circular_scorecard": Code(
        "A scorecard holds itself.", "items: [{scorecard: overall, weight: 1}]   # in overall",
        "Take one of the two out of the other."),
    "structure.contradiction": Code(
        "Keys that do not go together, or a value that its key does not take.",
        "type: line\nbins: 10", "The message says what goes together."),
    "structure.count_needs_date": Code(
        "A count of happenings has no date that puts them into a period.", "kind: count\ndate: as_of",
        "Name a date column, or use `kind: level` for a state at the end of a period."),
    "structure.date_only": Code(
        "A key that only dates take.", "severity: {type: text, earliest: 2020-01-01}",
        "Remove it, or use `type: date`."),
    "structure.document_number": Code(
        "All periods would get the same document number.", 'document_number: "QMR-1"',
        "Put `{period}` into it."),
    "structure.due_basis": Code(
        "The original due date is asked for, and the dataset has none.", "due_basis: original",
        "Declare the role `original_due`, or measure by the current due date."),
    "structure.duplicate_calendar": Code(
        "A site has two calendars.", "members: [Hamburg]   # in two files", "Name it in one of them."),
    "structure.duplicate_column": Code(
        "A derived or related column has the name of another.", "derive: {site: …}   # and columns: {site: …}",
        "Choose another name."),
    "structure.duplicate_declaration": Code(
        "Two files declare the same name. In another catalogue folder the later one is used, which is only told.",
        "kpi: capas_open   # in two files", "Give one of the two another name."),
    "structure.duplicate_id": Code(
        "Two charts or tables of a template have the same id.", "charts: [{id: flow, …}, {id: flow, …}]",
        "Give one of the two another id."),
    "structure.duplicate_item": Code(
        "A scorecard counts something twice.", "items: [{kpi: a, …}, {kpi: a, …}]", "Give it one weight."),
    "structure.duplicate_key": Code(
        "A key is given twice; YAML would silently take the last one.", "title: Review\ntitle: Report",
        "Keep one of the two."),
    "structure.empty": Code("The file says nothing.", "# only a comment", "Write it, or delete the file."),
    "structure.encoding": Code(
        "The file is not UTF-8, or has a character that cannot be seen.", "title: Gr\\xfc\\xdfe",
        "Save it with the encoding UTF-8; delete the character."),
    "structure.fiscal_weeks": Code(
        "Fiscal quarters and periods of weeks, in an installation whose fiscal year has months.",
        "frequency: fiscal_quarter", "Set `QMS_REPORTS_FISCAL_WEEKS` to 445, 454 or 544, or use `quarter`."),
    "structure.frequency": Code(
        "A KPI or scorecard is not computed for the period of the template.", "frequency: week",
        "Add the period to its `frequencies`."),
    "structure.include": Code(
        "`include` is no list.", "include: partials/frame.yaml", "Write `include: [partials/frame.yaml]`."),
    "structure.include_outside": Code(
        "A partial lies outside the folder of the templates.", "include: [../../secret.yaml]",
        "Put it into a folder beside the template, such as `partials/`."),
    "structure.key": Code("A key is no text.", "2024: Review", "Put it into quotes."),
    "structure.logo_alt": Code(
        "A logo without words for readers who cannot see it.", "logo: acme.png", "Add `logo_alt`."),
    "structure.missing_folder": Code(
        "A catalogue folder is not there.", "QMS_REPORTS_CATALOG=/no/such/folder", "Set it to existing folders."),
    "structure.missing_include": Code(
        "A partial is not there.", "include: [partials/fram.yaml]",
        "The path counts from the file that includes it."),
    "structure.missing_key": Code("A required key is missing.", "template: review   # and no title", "Add it."),
    "structure.no_date": Code(
        "A date is needed, and the column is none.", "date: severity", "Name a column of type date or timestamp."),
    "structure.no_mapping": Code(
        "The file does not begin with `key: value`.", "- template: review", "Remove the dashes."),
    "structure.out_of_bounds": Code(
        "A number is too small or too large, or a list too short or too long.", "version: 0",
        "The message says what is expected."),
    "structure.partial_name": Code(
        "A partial names a template.", "template: frame   # in partials/frame.yaml", "Remove the key."),
    "structure.reference": Code(
        "Something that is referred to does not fit.", "by: site", "The message says what does."),
    "structure.reserved_name": Code(
        "A column has a name that expressions find already defined.", "columns: {period_start: …}",
        "Choose another name."),
    "structure.scalar": Code(
        "A number or character that no computer holds.", "size: 1e999", "Put it into quotes if it is text."),
    "structure.schedule": Code(
        "The schedule is no cron expression.", "schedule: every month", "Five fields, such as `0 6 3 * *`."),
    "structure.second_document": Code(
        "A line `---` begins a second document.", "---", "One declaration per file."),
    "structure.tag": Code(
        "A YAML tag: declarations are plain data.", "title: !!python/object:os.system x", "Remove the tag."),
    "structure.theme_file": Code(
        "A logo or typeface of a theme is not there, too large, or of another kind.", "logo: logo.svg",
        "A PNG of at most 1 MB; TrueType files; both in the folder of the theme."),
    "structure.too_deep": Code("Nested too deeply.", "[[[[[[…]]]]]]", "Flatten it."),
    "structure.too_large": Code(
        "The file, or what its aliases multiply, is too large.", "a: &a [*b, *b, *b, *b]",
        "A declaration is small: put data into a source."),
    "structure.too_many_includes": Code(
        "Too many partials, or nested too deeply.", "include: […]", "Put some of them together."),
    "structure.too_many_issues": Code(
        "More mistakes than are worth listing.", "# a file of another program", "Mend the first ones."),
    "structure.unknown_chart": Code(
        "A section shows a chart that is not declared.", "charts: [flows]", "Name one of `charts`."),
    "structure.unknown_column": Code(
        "A column does not exist.", "columns: [sevrity]", "Name one of the dataset's columns."),
    "structure.unknown_dataset": Code(
        "A dataset does not exist.", "dataset: complaint", "Name a declared one."),
    "structure.unknown_dimension": Code(
        "A KPI is not broken down by this.", "by: sites", "Name one of its dimensions."),
    "structure.unknown_key": Code(
        "A key that does not exist here.", "organisation: Acme", "The message lists the keys."),
    "structure.unknown_kpi": Code("A KPI does not exist.", "tiles: [capa_open]", "Name a declared one."),
    "structure.unknown_scorecard": Code(
        "A scorecard does not exist.", "scorecards: [quality]", "Name a declared one."),
    "structure.unknown_source": Code("A source does not exist.", "source: deviation_file", "Name a declared one."),
    "structure.unknown_table": Code(
        "A section shows a table that is not declared.", "tables: [listing]", "Name one of `tables`."),
    "structure.unknown_theme": Code(
        "A theme does not exist.", "theme: acme", "Put its file into `themes/`, or remove the key."),
    "structure.unknown_value": Code(
        "A value that this key does not take.", "frequency: monthly", "The message lists the values."),
    "structure.unreadable": Code(
        "The file cannot be opened.", "# no right to read it", "Give this user the right to read it."),
    "structure.unused_part": Code(
        "A chart or table that no section shows.", "charts: [{id: flow, …}]", "Show it in a section, or remove it."),
    "structure.unused_partial": Code(
        "A partial that no template includes.", "# partials/old.yaml", "Include it, or delete the file."),
    "structure.wrong_type": Code(
        "A text where a list belongs, a number where text belongs …", "tiles: capas_open",
        "The message says what is expected."),
    "structure.yaml": Code(
        "The file is no YAML.", "title: Review: monthly", "The message says where the reader stumbled, and why."),
    "sources.inbox_only": Code(
        "A source that only files in its own inbox folder feed.", "source: capas", "Nothing, if that is meant."),
    "sources.missing_column": Code(
        "A file has not the column that a dataset takes from it.", "site: {source: Site}",
        "Mend `source`, or have the column delivered."),
    "sources.missing_file": Code(
        "The declared file is not there.", "file: ../data/capas.csv", "The path counts from the declaration."),
    "sources.nothing_received": Code(
        "Nothing has been delivered yet.", "inbox: [capas*.csv]", "Put a file into the inbox."),
    "sources.slow": Code(
        "A source did not answer in time.", "file: //far/away/capas.csv", "Look whether disk or network are slow."),
    "sources.unreadable": Code(
        "The file cannot be read as what it is declared to be.", "format: {kind: excel}   # of a CSV",
        "Mend the file or `format`."),
    "charts.alike_colours": Code(
        "Two colours that some readers take for the same.", 'colors: ["#12436D", "#124370"]',
        "Colours of different lightness."),
    "charts.axis_title": Code(
        "An axis does not say what it measures.", "{type: bar, kpis: [capas_open]}",
        "Add `y_title` or `x_title`, with the unit."),
    "charts.categories": Code(
        "Bars too thin for a name below each.", "{type: bar, by: product, top: 12}",
        "`horizontal: true`, a lower `top`, or a greater `width`."),
    "charts.colour": Code("No colour.", "colors: [red]", "Six hexadecimal digits in quotes, `'#12436D'`."),
    "charts.colours_missing": Code(
        "Fewer colours than series.", 'colors: ["#12436D"]', "One for each series, or none."),
    "charts.contrast": Code(
        "White text on the primary colour of a theme cannot be read.", 'primary: "#7FB2E5"', "A darker colour."),
    "charts.kpi_kind": Code(
        "A chart that this kind of KPI cannot be shown in truthfully.", "type: pie   # of a percentage",
        "A count or level, or another type of chart."),
    "charts.legend": Code(
        "Nothing says which series is which.", "{type: bar, kpis: [capas_opened, capas_closed]}", "`legend: true`."),
    "charts.low_contrast": Code(
        "A colour that hardly shows on paper.", 'colors: ["#F0F0F0"]', "A darker colour."),
    "charts.series": Code("More series than a reader keeps apart.", "top: 12", "Fewer, or two charts."),
    "charts.size": Code("A chart is larger than the page.", "height: 600   # landscape", "The message says what fits."),
    "charts.slices": Code("A pie of many slices is drawn as bars.", "type: pie\ntop: 12", "`top: 6`, or `type: bar`."),
    "charts.units": Code("One axis for different units.", "kpis: [capas_open, training_compliance]", "A chart each."),
    "parameters.bounds": Code("Bounds that do not fit.", "{type: number, minimum: 5, maximum: 1}", "Swap or remove."),
    "parameters.default": Code("The default is not allowed.", "{enum: [a, b], default: c}", "Change the default."),
    "parameters.default_and_required": Code(
        "A parameter with a default never needs a value.", "{required: true, default: a}", "Remove one of the two."),
    "parameters.dimension_type": Code(
        "The member of a dimension is a text.", "{dimension: site, type: integer}", "`type: string`."),
    "parameters.duplicate_value": Code("A value is listed twice.", "enum: [a, a]", "Remove one of the two."),
    "parameters.each_unseen": Code(
        "The reports of all values would look alike.", "site: {each: true, …}",
        "Put `{{ site }}` into the title and the document number."),
    "parameters.each_without_values": Code(
        "One report per value, and no values.", "site: {each: true}", "List them under `enum`."),
    "parameters.language": Code("There is no such language.", "language: fr", "One of those that the message lists."),
    "parameters.name_taken": Code(
        "The name means something in texts already.", "parameters: {period: …}", "Choose another name."),
    "parameters.pattern": Code("No regular expression.", 'pattern: "[a-"', "Mend it."),
    "parameters.too_many_variants": Code(
        "Too many reports for every period.", "site: {each: true, enum: [… 600]}", "Fewer values."),
    "parameters.unknown_dimension": Code(
        "Nothing in the template has this dimension.", "{dimension: sites}", "Name a dimension of its KPIs."),
    "parameters.unused": Code(
        "A parameter that changes nothing.", "parameters: {size: {…}}", "Use it in a text, or remove it."),
    "parameters.value": Code("A listed value of another type.", "{type: integer, enum: [one]}", "Change it."),
    "text.function": Code("No such function, or called wrongly.", "{{ numbr(1) }}", "The message says how."),
    "text.kinds": Code(
        "Values that do not go together.", "{{ capas_open.value + ' days' }}", "Print the number: `number(x, 1)`."),
    "text.many_values": Code("A name that stands for many values.", "{{ capas_open }}", "Say which: `.text`."),
    "text.never": Code(
        "A comparison that never holds.", "when: capas_open.status == 'red'",
        "One of `good`, `warning`, `bad`, `none`."),
    "text.no_condition": Code("A condition that is neither true nor false.", "when: capas_open.value", "Compare it."),
    "text.not_allowed": Code(
        "What the language does not have.", "{{ open('/etc/passwd') }}", "Names, functions, comparisons, arithmetic."),
    "text.syntax": Code("No expression.", "{{ a = 1 }}", "The message says what was probably meant."),
    "text.too_large": Code("A text or expression beyond the limits.", "{{ 1+1+1+… }}", "Shorten it."),
    "text.unknown_name": Code(
        "A name or attribute that does not exist here.", "{{ perod.label }}",
        "A KPI or scorecard that the template shows, a parameter, `period`, `template`, `figures`."),
    "sql.aggregate": Code("An aggregate where one record is looked at.", "filter: count(*) > 1", "A condition."),
    "sql.bare_column": Code("A column outside every aggregate.", "numerator: sum(a) + b", "Wrap it: `max(b)`."),
    "sql.business_days": Code(
        "Business days in a stored column; calendars may change.", "derive: {x: {sql: business_days(…)}}",
        "Use it in the KPI's own expressions."),
    "sql.calendar_unused": Code(
        "Business days are declared and not used.", "calendar: business_days", "Use `business_days(from, to, site)`."),
    "sql.function": Code(
        "A function that is not listed: it could depend on more than its arguments, or read files.",
        "filter: read_text('x') = 'a'", "Only the listed functions."),
    "sql.no_aggregate": Code("No aggregate.", "numerator: points", "`sum(points)`, `count(*)` …"),
    "sql.no_condition": Code("A condition that is neither true nor false.", "filter: severity", "Compare it."),
    "sql.not_allowed": Code("Windows, lambdas, parameters.", "row_number() over ()", "A derived column."),
    "sql.not_portable": Code(
        "What gives another value on the engine of the installation.", "median(x)   # on BigQuery",
        "The message names the way out."),
    "sql.query": Code("A query inside an expression.", "filter: id in (select …)", "A derived column, or a view."),
    "sql.star": Code("`*` outside `count(*)`.", "sum(*)", "Name a column."),
    "sql.syntax": Code("No SQL.", "filter: severity = and", "The message says where."),
    "sql.types": Code("Values that do not go together.", "filter: opened_on > 5", "Cast: `::date`, `::bigint`."),
    "sql.unknown_column": Code("A column does not exist.", "filter: sevrity = 'Major'", "One of the columns."),
    "performance.chart": Code("The slowest chart.", "window: 60", "A shorter window, a narrower filter."),
    "performance.dataset": Code(
        "The dataset whose KPIs take longest.", "dimensions: [… 8]", "Fewer dimensions; derived columns."),
    "performance.kpi": Code("The slowest KPI of that dataset.", "numerator: …", "Move work into `derive`."),
    "performance.no_dry_run": Code("The dry run ended early.", "# no records yet", "The message says why."),
    "performance.stage": Code("The stage that dominates.", "limit: 5000", "The hint names what helps."),
    "performance.stages": Code("What each stage took.", "qms-reports validate --performance", "Nothing."),
    "performance.stopped": Code(
        "A statement was stopped at the limit.", "QMS_REPORTS_STATEMENT_SECONDS=600",
        "Simplify the expressions of the dataset named, or raise the limit."),
    "data_quality.no_data": Code(
        "A KPI has had no record for some periods.", "filter: type = 'Deviaton'",
        "Deliver its records, mend its filter, or take it out of the template."),
    "data_quality.too_little": Code(
        "Too few records for a rating in every one of the last periods.", "min_denominator: 30",
        "A longer period, `rolling`, or a lower `min_denominator`."),
}  # fmt: skip
"""Code to what is told about it."""


_INTRODUCTION = """\
# Issues

Written from `qms_reports/declarations/issue_codes.py` by `make docs`; change it there.

`qms-reports validate` prints one line for each issue: file, line, column, severity, the path of the field, what is
wrong, how to mend it, and a link to this page. ERROR and CRITICAL keep a declaration from being used; WARNING and INFO
do not. The code stays the same when the words change.
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION]
    for category, about in CATEGORIES.items():
        parts.append(f"## {category.replace('_', ' ').capitalize()}\n\n{about}\n")
        for name, code in sorted(CODES.items()):
            if name.startswith(f"{category}."):
                parts.append(f"### {name}\n\n{code.meaning}\n\n```yaml\n{code.example}\n```\n\n{code.cure}\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the page to the named file, or print it."""
    if arguments:
        Path(arguments[0]).write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
