"""Spark, started in this process, gives the values that DuckDB gives."""

from __future__ import annotations

import fcntl
import shutil

import pytest

from qms_reports.kpis.engines import EngineError
from qms_reports.kpis.engines.copying import KEPT
from qms_reports.kpis.engines.local import LocalEngine
from qms_reports.kpis.engines.spark import SparkEngine
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.periods import parse_period
from qms_reports_tests.kpis.engines import constructs
from qms_reports_tests.kpis.engines.conftest import elsewhere
from qms_reports_tests.kpis.engines.test_postgres import TYPES, smallest, texts
from qms_reports_tests.public_data import public_kpis

pytest.importorskip("pyspark", reason="PySpark is not installed")
if shutil.which("java") is None:
    pytest.skip("Java, which Spark runs in, is not installed", allow_module_level=True)

MASTER = "local[2]"
OPTIONS = {  # so few records are read sooner than code for them is generated
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData -Xms1g -Xss4m",
}


@pytest.fixture(scope="module", autouse=True)
def _one_spark(tmp_path_factory):
    """One Spark for all tests here, stopped with its Java process at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.chdir(tmp_path_factory.mktemp("spark"))  # it makes folders where it starts
        yield
        import py4j.java_gateway
        import py4j.protocol
        from pyspark import SparkContext

        # Spark takes all that Java answers for its own; others in this process speak to a Java of theirs (veraPDF).
        py4j.java_gateway.get_return_value = py4j.protocol.get_return_value

        gateway = SparkContext._gateway
        if (context := SparkContext._active_spark_context) is not None:
            context.stop()
        if gateway is not None:
            gateway.shutdown()
            gateway.proc.stdin.close()
            gateway.proc.wait()
            SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture
def engine(tmp_path):
    return SparkEngine(MASTER, OPTIONS, tmp_path)


def test_all_kpis_of_the_public_data_have_the_same_values(settings, catalogue, public_figures):
    here = public_figures("2014")
    assert len(here) > 1000
    there = elsewhere(settings, "spark", MASTER, OPTIONS)
    assert evaluate_now(there, catalogue, public_kpis(catalogue), parse_period("2014")) == here


def test_all_kpis_of_a_quality_system_have_the_same_values(company_home, company_figures):
    here = company_figures("2024-Q2")
    assert len({row.kpi for row in here if row.value is not None}) > 100
    there, catalogue = elsewhere(company_home.settings, "spark", MASTER, OPTIONS), company_home.catalogue
    assert evaluate_now(there, catalogue, sorted(catalogue.kpis), parse_period("2024-Q2")) == here


def test_every_portable_function_and_aggregate_gives_the_same_value(engine):
    expressions = constructs.portable_aggregates("spark")
    assert len(expressions) > 120
    here = constructs.found(LocalEngine(), expressions)
    assert constructs.differences(expressions, here, constructs.found(engine, expressions)) == {}


def test_texts_are_ordered_by_their_bytes_and_superseded_files_removed(engine, tmp_path):
    ((*_, values),) = engine.run(smallest(), texts("Zebra", "äpfel", "a\\b\n'c'", None), {"texts": TYPES})
    assert values == ["Zebra", "äpfel", "4"]
    folder = tmp_path / ".copies" / "texts"
    (first,) = folder.glob("*.parquet")
    with first.with_suffix(".reading").open() as reader:
        fcntl.flock(reader, fcntl.LOCK_SH)  # as another process that reads it
        for number in range(KEPT + 2):
            engine.run(smallest(), texts(str(number)), {"texts": TYPES})
        assert first.exists()
    engine.run(smallest(), texts("last"), {"texts": TYPES})
    assert not first.exists()
    assert len(list(folder.glob("*.parquet"))) == KEPT
    assert not list(folder.glob(".*.part"))


def test_what_spark_refuses_is_said_in_its_own_words(engine):
    with pytest.raises(EngineError, match=r"Spark refuses: .*OVERFLOW"):
        engine.run(smallest().replace("count(*)", "sum(9223372036854775807)"), texts("a", "b"), {"texts": TYPES})
