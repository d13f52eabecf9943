"""What we rely on in Dagster 1.13 beyond what it promises.  A failure after an upgrade means: read its change log."""

import datetime as dt
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

MONTHS = dg.MonthlyPartitionsDefinition(start_date="2024-01", fmt="%Y-%m", end_offset=1)
CONFIGURATION = Path(__file__).parents[1]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


def chain(
    passed: dict[str, bool], severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
) -> list[dg.AssetsDefinition]:
    """A monthly asset with a blocking check in its own step, and one made from it."""

    @dg.asset(
        partitions_def=MONTHS,
        check_specs=[dg.AssetCheckSpec("rules", asset="records", blocking=True, partitions_def=MONTHS)],
    )
    def records(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        month = context.partition_key
        result = dg.AssetCheckResult(passed=passed[month], check_name="rules", severity=severity)
        return dg.MaterializeResult(data_version=dg.DataVersion(f"version {month}"), check_results=[result])

    @dg.asset(partitions_def=MONTHS, deps=[records])
    def table() -> None:
        pass

    return [records, table]


def built(opened: dg.DagsterInstance, key: str) -> set[str]:
    return set(opened.get_materialized_partitions(dg.AssetKey(key)))


def test_partitioned_checks_are_a_preview_and_say_so() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(dg.PreviewWarning, match="partitions_def"):
            dg.AssetCheckSpec("rules", asset="records", partitions_def=MONTHS)


def test_a_failed_blocking_check_stops_what_is_made_of_its_own_partition_only(instance: dg.DagsterInstance) -> None:
    assets = chain({"2024-02": False, "2024-03": True})
    assert not dg.materialize(assets, partition_key="2024-02", instance=instance, raise_on_error=False).success
    assert dg.materialize(assets, partition_key="2024-03", instance=instance).success
    assert built(instance, "records") == {"2024-02", "2024-03"}
    assert built(instance, "table") == {"2024-03"}


def test_a_warning_stops_nothing(instance: dg.DagsterInstance) -> None:
    assets = chain({"2024-02": False}, dg.AssetCheckSeverity.WARN)
    assert dg.materialize(assets, partition_key="2024-02", instance=instance).success
    assert built(instance, "table") == {"2024-02"}


def test_automation_sees_each_partitions_own_check(instance: dg.DagsterInstance) -> None:
    assets = chain({"2024-02": False, "2024-03": True})
    conditions = dg.AutomationCondition
    failed = conditions.any_deps_match(conditions.any_checks_match(conditions.check_failed(), blocking_only=True))

    @dg.asset(partitions_def=MONTHS, deps=[assets[0]], automation_condition=failed)
    def watcher() -> None:
        pass

    dg.materialize(assets, partition_key="2024-02", instance=instance, raise_on_error=False)
    dg.materialize(assets, partition_key="2024-03", instance=instance)  # the latest check of the asset has passed
    result = dg.evaluate_automation_conditions([*assets, watcher], instance)
    assert result.get_requested_partitions(dg.AssetKey("watcher")) == {"2024-02"}


def test_months_never_checked_do_not_pass_the_ready_made_condition_so_that_we_do_not_use_it(
    instance: dg.DagsterInstance,
) -> None:
    assets = chain({"2024-02": True})

    @dg.asset(
        partitions_def=MONTHS,
        deps=[assets[0]],
        automation_condition=dg.AutomationCondition.all_deps_blocking_checks_passed(),
    )
    def watcher() -> None:
        pass

    dg.materialize(assets, partition_key="2024-02", instance=instance)
    result = dg.evaluate_automation_conditions([*assets, watcher], instance)
    assert result.get_requested_partitions(dg.AssetKey("watcher")) == {"2024-02"}


def test_an_op_may_record_check_evaluations_and_materializations_of_several_partitions(
    instance: dg.DagsterInstance,
) -> None:
    @dg.op(out=dg.Out(dg.Nothing))
    def build_range(context: dg.OpExecutionContext) -> Iterator[dg.AssetMaterialization | dg.Output[None]]:
        for month, passed in (("2024-01", True), ("2024-02", False)):
            tags = {"dagster/data_version": f"version {month}"}
            yield dg.AssetMaterialization("records", partition=month, tags=tags)
            evaluation = dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("records"),
                check_name="rules",
                passed=passed,
                metadata={},
                partition=month,
                blocking=True,
            )
            context.log_event(evaluation)  # type: ignore[arg-type]  # its hint lags behind
        yield dg.Output(None)

    @dg.job(executor_def=dg.in_process_executor)
    def backfill() -> None:
        build_range()

    assert backfill.execute_in_process(instance=instance).success
    assert built(instance, "records") == {"2024-01", "2024-02"}
    records = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("records"), "rules"), limit=10
    )
    found = {}
    for record in records:
        assert record.event is not None
        assert record.event.dagster_event is not None
        result = record.event.dagster_event.asset_check_evaluation_data
        found[result.partition] = result.passed
    assert found == {"2024-01": True, "2024-02": False}
    tags = instance.event_log_storage.get_latest_tags_by_partition(
        dg.AssetKey("records"), dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
    )
    assert tags["2024-02"]["dagster/data_version"] == "version 2024-02"


def test_a_materialize_results_data_version_is_kept_and_the_same_one_again_changes_nothing(
    instance: dg.DagsterInstance,
) -> None:
    assets = chain({"2024-02": True})
    changed = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed())

    @dg.asset(partitions_def=MONTHS, deps=[assets[0]], automation_condition=changed)
    def watcher() -> None:
        pass

    defs = dg.Definitions([*assets, watcher])
    dg.materialize(assets, partition_key="2024-02", instance=instance)
    event = instance.get_latest_materialization_event(dg.AssetKey("records"))
    assert event is not None
    assert event.asset_materialization is not None
    assert (event.asset_materialization.tags or {})["dagster/data_version"] == "version 2024-02"
    first = dg.evaluate_automation_conditions(defs, instance)
    dg.materialize(assets, partition_key="2024-02", instance=instance)
    again = dg.evaluate_automation_conditions(defs, instance, cursor=first.cursor)
    assert again.total_requested == 0


def test_the_implicit_job_runs_assets_with_and_without_partitions_together(instance: dg.DagsterInstance) -> None:
    @dg.asset
    def source() -> None:
        pass

    @dg.asset(partitions_def=MONTHS, deps=[source])
    def records() -> None:
        pass

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["other"]))
    def unrelated() -> None:
        pass

    job = dg.Definitions([source, records, unrelated]).resolve_implicit_global_asset_job_def()
    selection = [dg.AssetKey("source"), dg.AssetKey("records")]
    assert job.execute_in_process(partition_key="2024-02", instance=instance, asset_selection=selection).success
    assert built(instance, "records") == {"2024-02"}
    assert instance.get_latest_materialization_event(dg.AssetKey("source")) is not None
    assert instance.get_latest_materialization_event(dg.AssetKey("unrelated")) is None


def test_a_job_of_assets_with_different_partitions_does_not_load_so_that_there_is_one_per_period_length() -> None:
    @dg.asset(partitions_def=MONTHS)
    def month() -> None:
        pass

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["2024-Q1"]))
    def quarter() -> None:
        pass

    job = dg.define_asset_job("both", dg.AssetSelection.all())
    definitions = dg.Definitions([month, quarter], jobs=[job])
    with pytest.raises(dg.DagsterInvalidDefinitionError):
        dg.Definitions.validate_loadable(definitions)


def test_an_end_offset_of_one_adds_the_running_month() -> None:
    now = dt.datetime(2024, 6, 15, tzinfo=dt.UTC)
    assert MONTHS.get_partition_keys(current_time=now)[-1] == "2024-06"
    without = dg.MonthlyPartitionsDefinition(start_date="2024-01", fmt="%Y-%m")
    assert without.get_partition_keys(current_time=now)[-1] == "2024-05"


def test_the_late_window_is_counted_back_from_the_end_of_the_running_month(instance: dg.DagsterInstance) -> None:
    inside = dg.AutomationCondition.in_latest_time_window(dt.timedelta(days=93))

    @dg.asset(partitions_def=MONTHS, automation_condition=inside)
    def table() -> None:
        pass

    for day in (1, 10, 31):
        moment = dt.datetime(2024, 7, day, 12, tzinfo=dt.UTC)
        result = dg.evaluate_automation_conditions([table], instance, evaluation_time=moment)
        assert result.get_requested_partitions(dg.AssetKey("table")) == {"2024-05", "2024-06", "2024-07"}


def test_a_sensor_of_automation_conditions_does_not_run_unless_told_to() -> None:
    sensor = dg.AutomationConditionSensorDefinition("late", target=dg.AssetSelection.all())
    assert sensor.default_status is dg.DefaultSensorStatus.STOPPED


def test_deleting_a_run_deletes_what_it_materialized_so_that_we_never_do(instance: dg.DagsterInstance) -> None:
    run = dg.materialize(chain({"2024-02": True}), partition_key="2024-02", instance=instance).run_id
    instance.delete_run(run)
    assert built(instance, "records") == set()


def test_pyproject_has_no_dagster_section_because_it_would_hide_workspace_yaml() -> None:
    tools = tomllib.loads((CONFIGURATION / "pyproject.toml").read_text())["tool"]
    assert "dagster" not in tools
    assert "dg" not in tools
    assert "qms_reports.definitions" in (CONFIGURATION / "workspace.yaml").read_text()
