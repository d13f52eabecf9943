"""A realistic monthly report, the scenario of the writer tests.  All figures are made up and constant."""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
import zlib
from dataclasses import replace

from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.reports.document import (
    Appendix,
    Approval,
    Column,
    ControlTotal,
    DataQuality,
    Definition,
    Figures,
    PageSetup,
    Paragraph,
    Provenance,
    QuarantinedRow,
    Report,
    Revision,
    Section,
    SourceQuality,
    Table,
    Theme,
    Tile,
)

CUTOFF = dt.datetime(2024, 6, 3, 6, 0, tzinfo=dt.UTC)
MONTHS = (
    "May 2023", "Jun 2023", "Jul 2023", "Aug 2023", "Sep 2023", "Oct 2023", "Nov 2023",
    "Dec 2023", "Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024", "May 2024",
)  # fmt: skip


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def tile(**changes: object) -> Tile:
    return replace(
        Tile(
            kpi="deviations_closed_on_time",
            title="Deviations closed on time",
            value=92.3076923077,
            text="92.3",
            unit="%",
            decimals=1,
            fraction="36 of 39",
            interval="95 % CI 79.7–97.3",
            trend="up",
            trend_good=True,
            change="+3.4 pt",
            comparator="vs Apr 2024",
            target="Target ≥ 90 %",
            status="good",
            status_text="On target",
            series=(81.0, 84.2, 79.5, 83.3, 86.1, 85.0, 88.2, 87.5, 84.6, 90.0, 91.2, 88.9, 92.3076923077),
            series_labels=MONTHS,
            target_value=90.0,
            signal="noise",
            signal_text="Within noise (p\N{PRIME} limits)",
            signal_basis="within p\N{PRIME} limits, 12 months",
        ),
        **changes,
    )


TILES = (
    tile(),
    tile(
        kpi="capa_overdue", title="CAPA actions overdue at month end", value=7.0, text="7", unit="", decimals=0,
        fraction="of 41 open", interval="", trend="up", trend_good=False, change="+2", comparator="vs Apr 2024",
        target="Target ≤ 3", status="bad", status_text="Action", target_value=3.0,
        signal="signal", signal_text="Beyond noise (N1 and N2 on I)", signal_basis="N1 and N2 on I, 12 months",
        series=(2.0, 3.0, 3.0, 4.0, 2.0, 1.0, 3.0, 5.0, 4.0, 4.0, 6.0, 5.0, 7.0),
    ),
    tile(
        kpi="right_first_time", title="Batches right first time", value=96.4, text="96.4", unit="%",
        fraction="108 of 112", interval="95 % CI 91.2–98.6", trend="down", trend_good=False, change="−0.8 pt",
        target="Target ≥ 97 %", status="warning", status_text="Watch", target_value=97.0,
        series=(97.1, 97.4, None, 97.8, 97.6, 98.2, 97.0, None, 96.2, 97.0, 96.9, 97.2, 96.4),
    ),
    tile(
        kpi="complaint_rate", title="Complaints received", value=0.42, text="0.42", unit="per 100 lots", decimals=2,
        fraction="5 complaints", interval="95 % CI 0.14–0.98", trend="flat", trend_good=None, change="±0.00",
        target="Target ≤ 0.50 per 100 lots", status="good", status_text="On target", target_value=0.5,
        series=(0.8, 0.7, 0.75, 0.6, 0.62, 0.58, 0.5, 0.44, 0.47, 0.41, 0.39, 0.42, 0.42),
    ),
    tile(
        kpi="supplier_lots_accepted", title="Supplier lots accepted at incoming inspection", value=98.2, text="98.2",
        fraction="334 of 340", interval="95 % CI 96.2–99.2", change="+0.6 pt", target="Target ≥ 98 %",
        series=(97.1, 97.4, 97.0, 97.8, 97.6, 98.2, 97.9, 98.0, 98.3, 97.9, 97.5, 97.6, 98.2), target_value=98.0,
    ),
    tile(
        kpi="investigation_time", title="Median time to close an investigation", value=23.5, text="23.5", unit="days",
        fraction="39 closed", interval="IQR 14.0–31.0", trend="down", trend_good=True, change="−4.0 days",
        target="Target ≤ 30 days", target_value=30.0,
        series=(34.0, 31.5, 33.0, 30.0, 29.0, 31.0, 28.5, 29.0, 27.0, 26.5, 28.0, 27.5, 23.5),
    ),
    tile(
        kpi="training_overdue", title="Read-and-understood training overdue", value=None, text="n/a", unit="%",
        fraction="", interval="", trend="none", trend_good=None, change="", comparator="", target="Target ≤ 2 %",
        status="none", status_text="No data", series=(None,) * 13, target_value=2.0,
        signal="unknown", signal_text="", signal_basis="no data",
    ),
    tile(
        kpi="audit_findings", title="Major audit findings open", value=1.0, text="1", unit="", decimals=0,
        fraction="", interval="", trend="flat", trend_good=None, change="0", target="No target", status="none",
        status_text="Not rated", series=(None, None, 2.0, None, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0),
        target_value=None,
    ),
)  # fmt: skip


def chart(name: str, kind: str, title: str, **changes: object) -> Chart:
    """A small chart of any type."""
    specification = ChartSpecification(
        id=name, type=kind, title=title, subtitle="Site North, May 2023 to May 2024", **changes
    )
    if kind == "scatter":
        points = tuple(float(2 + (i * 7) % 31) for i in range(31))
        series = (Series("Lots", tuple(0.6 * x + (i * 5) % 9 for i, x in enumerate(points)), points),)
        return Chart(specification, (), series, note="One mark per lot.")
    if kind == "histogram":
        values = tuple(round(5 + ((i * 37) % 50) * 0.7 + ((i * 13) % 7), 1) for i in range(80))
        return Chart(specification, (), (Series("Days to close", values),), note="n = 80 investigations.")
    if kind == "pie":
        slices = (Series("Deviations", (18.0, 11.0, 7.0, 3.0)),)
        return Chart(specification, ("Equipment", "Method", "People", "Material"), slices, note="n = 39.")
    series = (
        Series("Opened", (31.0, 29.0, 35.0, 38.0, 33.0, 30.0, 36.0, 28.0, 34.0, 37.0, 40.0, 36.0, 39.0)),
        Series("Closed", (27.0, 31.0, 30.0, 36.0, 35.0, None, 33.0, 30.0, 29.0, 36.0, 37.0, 38.0, 41.0)),
    )
    return Chart(specification, tuple(m[:3] + " " + m[-2:] for m in MONTHS), series, note="Records of all sites.")


OPEN_DEVIATIONS = Table(
    "open_deviations",
    "Open deviations, most urgent first",
    (
        Column("Number"),
        Column("Title", weight=3.0),
        Column("Area"),
        Column("Opened", "date"),
        Column("Age, days", "integer"),
        Column("Cost, EUR", "number", 2),
        Column("Risk", "percent", 1),
        Column("Status", "status"),
    ),
    tuple(
        (
            f"DEV-2024-{412 - i:04d}",
            (
                "Fill weight below the lower alarm limit on line 3 after the nozzle change",
                "Label skew",
                "Sterile filter integrity test repeated without documented approval, batch held",
                "Temperature excursion in cold store 2",
            )[i % 4],
            ("Filling", "Packaging", "Utilities")[i % 3],
            dt.date(2024, 5, 30) - dt.timedelta(days=3 * i),
            4 + 3 * i,
            (1250.5, 0.0, -310.25, None)[i % 4],
            (12.25, 4.0, None, 0.5)[i % 4],
            ("bad:Overdue", "warning:Due in 2 days", "good:On track", "none:Not rated")[i % 4],
        )
        for i in range(11)
    ),
    note="Age counts calendar days to the data cut-off. “Overdue” means that the committed date has passed.",
)

SUPPLIERS = Table(
    "suppliers",
    "Suppliers by accepted lots",
    (
        Column("Supplier"),
        Column("Lots", "integer"),
        Column("Accepted", "percent", 1),
        Column("Escapes per 100 lots", "number", 2),
        Column("Last audit", "date"),
        Column("Rating", "status"),
    ),
    tuple(
        (
            f"{name} GmbH",
            30 + 17 * i,
            99.5 - 1.25 * i,
            0.125 * i,
            dt.date(2023, 11, 5 + i),
            ("good:A", "good:A", "warning:B", "bad:C")[i % 4],
        )
        for i, name in enumerate(("Adler Glas", "Bergmann Stopfen", "Castor Polymer", "Dorn Etiketten", "Eibe Chemie"))
    ),
)

SECTIONS = (
    Section(
        "deviations",
        "Deviations and CAPA",
        TILES[:2],
        (
            Paragraph(
                "Thirty-nine deviations were opened in May and forty-one closed, so the backlog fell for the third "
                "month in a row. Seven CAPA actions are past their committed date; five of them wait for "
                "effectiveness data of the same filling line."
            ),
            Figures(
                (
                    chart("flow", "line", "Closures overtook openings in May", y_title="Deviations", target=35.0),
                    chart("backlog", "bar", "Openings and closures by month", y_title="Deviations", legend=True),
                    chart("causes", "pie", "Equipment causes almost half"),
                    chart("time", "histogram", "Most investigations close within 30 days", x_title="Days"),
                )
            ),
            OPEN_DEVIATIONS,
        ),
    ),
    Section(
        "suppliers",
        "Suppliers",
        (),
        (
            Figures(
                (
                    chart("size", "scatter", "Rejects grow with lot size", x_title="Lot size", y_title="Rejects"),
                    chart("volume", "area", "Volume by month", y_title="Lots", stacked=True, legend=True),
                )
            ),
            SUPPLIERS,
        ),
    ),
)

SQL = """count(*) FILTER (WHERE closed_on <= due_on)
    / nullif(count(*), 0)
FROM deviations
WHERE closed_on >= period_start AND closed_on < period_end
  AND severity IN ('major', 'critical') AND NOT withdrawn"""

DEFINITIONS = tuple(
    Definition(
        kpi=shown.kpi,
        title=shown.title,
        version="2",
        formula=f"Numerator over denominator for “{shown.title}”, all records closed in the period, each counted once.",
        sql=SQL,
        target=f"{shown.target}; warning within two points",
        source="ICH Q10, 4.1; ISO 9001:2015, 9.1.3",
        dataset="deviations",
    )
    for shown in TILES
)

QUALITY = DataQuality(
    sources=tuple(
        SourceQuality(
            dataset=name,
            source=f"{name}_export",
            file=f"{name}_2024-05_export_site_north.csv",
            sha256=sha(name),
            received="2024-06-01 05:12 UTC",
            rows_read=1200 + i,
            rows_accepted=1190,
            rows_quarantined=7 + i,
            rows_duplicate=3,
        )
        for i, name in enumerate(("deviations", "suppliers", "batches", "training_records"))
    ),
    quarantined=tuple(
        QuarantinedRow(
            dataset="deviations",
            file="deviations_2024-05_export_site_north.csv",
            row=17 + 31 * i,
            rule=("not_empty", "date_order", "known_value")[i % 3],
            column=("owner", "closed_on", "severity")[i % 3],
            value=("", "2024-02-30", '=HYPERLINK("x")')[i % 3],
            message=(
                "a value is required",
                "closed before it was opened: closed_on is earlier than opened_on",
                "not one of minor, major, critical",
            )[i % 3],
        )
        for i in range(9)
    ),
    quarantined_total=34,
    notes=("Training records of May arrived after the cut-off; the KPI is not rated.",),
)

REPORT = Report(
    id="monthly_quality_review",
    title="Monthly quality review",
    organization="Example Pharma, Site North",
    document_number="QMR-2024-05",
    version="1",
    status="FOR REVIEW",
    period_key="2024-05",
    period_label="May 2024",
    cutoff=CUTOFF,
    cutoff_label="2024-06-03 06:00 UTC",
    headline=(
        "Deviations are closed on time again (92.3 %), but seven CAPA actions are overdue and right first time "
        "slipped below its target."
    ),
    tiles=TILES,
    sections=SECTIONS,
    definitions=DEFINITIONS,
    data_quality=QUALITY,
    provenance=Provenance(
        product="qms_reports 0.1.0",
        template="monthly_quality_review@1",
        template_sha256=sha("template"),
        data_sha256=sha("data"),
        content_sha256=sha("content"),
        entries=(("dataset deviations", sha("d")[:16]), ("KPI deviations_closed_on_time", "version 2")),
    ),
)

EMPTY_REPORT = replace(
    REPORT,
    headline="",
    tiles=(),
    sections=(
        Section("empty", "Nothing here"),
        Section("bare", "Bare", (), (Table("t", "No rows", (Column("A"),), ()),)),
    ),
    definitions=(),
    data_quality=DataQuality((), (), 0),
)


def logo() -> bytes:
    """A PNG with transparent corners: a ring in the company's colour."""
    size = 64
    rows = b""
    for y in range(size):
        rows += b"\0"
        for x in range(size):
            distance = ((x - 31.5) ** 2 + (y - 31.5) ** 2) ** 0.5
            rows += bytes((0x0B, 0x5D, 0x4F, 255 if 18 < distance < 31 or distance < 8 else 0))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def records(kpi: str, rows: int, **changes: object) -> Table:
    """The records behind a figure."""
    table = Table(
        f"records-{kpi}",
        "",
        (
            Column("Number"),
            Column("Opened", "date"),
            Column("Counted"),
            Column("File", weight=2.0),
            Column("Row", "integer"),
        ),
        tuple(
            (f"DEV-{i:05d}", dt.date(2024, 5, 1 + i % 31), ("yes", "no")[i % 3 == 0], "deviations_2024-05.csv", 2 + i)
            for i in range(rows)
        ),
    )
    return replace(table, **changes)


FIGURE_TABLE = Table(
    "figures",
    "Main figures",
    (Column("KPI", weight=2.0), Column("Value", "number"), Column("Unit"), Column("Status", "status")),
    tuple((shown.title, shown.value, shown.unit, f"{shown.status}:{shown.status_text}") for shown in TILES),
    kpi_rows=tuple(shown.kpi for shown in TILES),
)

FULL_REPORT = replace(
    REPORT,
    version="2",
    status="APPROVED",
    final=True,
    cover=True,
    summary=(
        "Deviations are closed on time again (92.3 %).",
        "Seven CAPA actions are overdue, five of them at the same filling line.",
        "Batches right first time slipped below the target of 97 %.",
    ),
    parameters=(("Site", "North"), ("Product group", "Sterile liquids, lyophilisates")),
    theme=Theme("example", "#0B5D4F", ("#0B5D4F", "#801650"), logo(), "A ring around a dot"),
    classification="Confidential",
    prepared_by="A. Weber, Quality analyst",
    distribution=("Head of Quality", "Site management", "Production planning"),
    retention="10 years after the end of the period",
    approvals=(
        Approval("authored", "Quality analyst", "A. Weber", "2024-06-03 09:12 CEST"),
        Approval("reviewed", "Head of Production"),
        Approval("approved", "Head of Quality"),
    ),
    revisions=(
        Revision("1", "2024-06-01 06:00 UTC", sha("first"), "First issue"),
        Revision("2", "2024-06-03 06:00 UTC", "", "Restated: 2 figures changed by 14 late-entered deviations"),
    ),
    control_totals=(
        ControlTotal("Deviations", "Export of site North", 1200, 1190, 7, 3, 1190, 39),
        ControlTotal("Suppliers", "Export of site North", 1201, 1190, 8, 3, 1190, 340),
        ControlTotal("Batches", "MES", 1202, 1190, 9, 3, 1190, 112),
    ),
    actions=Table(
        "actions",
        "What needs action",
        (Column("Figure", weight=2.0), Column("Value"), Column("Rule", weight=2.0), Column("Status", "status")),
        (
            ("CAPA actions overdue at month end", "7", "beyond the warning limit", "bad:Action"),
            ("Batches right first time", "96.4 %", "below target", "warning:Watch"),
        ),
        kpi_rows=("capa_overdue", "right_first_time"),
    ),
    sections=(Section("figures", "Main figures", (), (FIGURE_TABLE,)), *SECTIONS),
    appendices=(
        Appendix(
            "deviations_closed_on_time", "Deviations closed on time", "92.3 %", "36 of 39",
            records("deviations_closed_on_time", 39), 36, 39,
        ),
        Appendix(
            "capa_overdue", "CAPA actions overdue at month end", "7", "7 of 41 open",
            records("capa_overdue", 120, print_rows=50), 7, 41,
            exposure=records("capa_overdue-exposure", 60, title="CAPA actions open", total_rows=3112, print_rows=20),
        ),
    ),
    chart_kpis=(
        ("flow", ("deviations_closed_on_time", "capa_overdue")),
        ("backlog", ("deviations_closed_on_time",)),
        ("size", ("supplier_lots_accepted",)),
    ),
)  # fmt: skip

LANDSCAPE_REPORT = replace(
    FULL_REPORT, cover=False, final=False, status="DRAFT", page=PageSetup("A4", "landscape"), theme=Theme()
)


def wide_table(rows: int, columns: int = 31) -> Table:
    """More columns than any page holds."""
    return Table(
        "wide",
        "A wide table",
        (Column("Record"), *(Column(f"Measured value {n}", "number", 2) for n in range(columns - 1))),
        tuple((f"REC-{i:05d}", *(1000.25 * n + i for n in range(columns - 1))) for i in range(rows)),
    )


def long_table(rows: int) -> Table:
    """A table over many pages; every cell of the first column is different."""
    return Table(
        "long",
        "A long table",
        (Column("Record"), Column("Text", weight=2.0), Column("Value", "number", 3), Column("Status", "status")),
        tuple(
            (
                f"REC-{i:05d}",
                "short" if i % 5 else "a longer text that needs a second line in its column " * 2,
                i * 1.5,
                ("good:On track", "bad:Overdue")[i % 2],
            )
            for i in range(rows)
        ),
    )
