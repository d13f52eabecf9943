"""What the documents say is so: commands exist, examples are the shipped files, settings and links are right."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from typer.main import get_command

from qms_reports.cli import app
from qms_reports.declarations.catalogue import load_folders
from qms_reports.settings import Settings

REPOSITORY = Path(__file__).parents[1]
EXAMPLE = REPOSITORY / "docs" / "example_catalogue"
DOCUMENTS = sorted(
    [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *(REPOSITORY / "docs").rglob("*.md")],
    key=str,
)
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shell_lines() -> list[tuple[str, list[str]]]:
    found = []
    for document in DOCUMENTS:
        for block in blocks(document.read_text(encoding="utf-8"), "sh"):
            found += [(document.name, shlex.split(line, comments=True)) for line in block.splitlines()]
    return [(name, words) for name, words in found if words]


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_declarations_in_the_readme_are_the_example_catalogue():
    shown = blocks(README, "yaml")
    files = sorted(EXAMPLE.glob("*/*.yaml"))
    assert sorted(shown) == sorted(path.read_text(encoding="utf-8") for path in files)
    for path in files:
        assert f"`{path.relative_to(EXAMPLE)}`" in README


def test_every_command_in_the_documents_exists_with_its_options():
    commands = get_command(app).commands  # type: ignore[attr-defined]  # a typer application with several commands
    called = [words for _, words in shell_lines() if words[0] == "qms-reports"]
    assert {words[1] for words in called} | {"up"} == set(commands)
    for words in called:
        command, rest = commands[words[1]], words[2:]
        if group := getattr(command, "commands", None):
            command, rest = group[rest[0]], rest[1:]
        options = {name for parameter in command.params for name in parameter.opts}
        for word in rest:
            assert not word.startswith("--") or word in options, " ".join(words)


def test_every_make_target_in_the_documents_exists_and_makes_something():
    text = "\n".join(document.read_text(encoding="utf-8") for document in DOCUMENTS)
    named = set(re.findall(r"`make ([a-z]+)\b", text)) | {w[1] for _, w in shell_lines() if w[0] == "make"}
    assert {"report", "test", "up"} <= named
    for target in named:
        done = subprocess.run(["make", "-n", target], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_links_between_the_documents_lead_somewhere():
    broken = []
    for document in DOCUMENTS:
        for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
            if "://" in link:
                continue
            path, _, anchor = link.partition("#")
            target = (document.parent / path) if path else document
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{document.relative_to(REPOSITORY)}: {link}")
    assert broken == []


def test_the_settings_table_has_every_setting_with_its_default():
    text = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `QMS_REPORTS_(\w+)` \| (?:`(.*?)`)? *\|", text, re.MULTILINE))
    defaults = {name.upper(): info.default for name, info in Settings.model_fields.items()}
    said = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in defaults.items()}
    assert table == said


def test_the_kpis_of_the_guide_are_right(tmp_path: Path):
    shutil.copytree(EXAMPLE, tmp_path / "catalogue")
    guide = (REPOSITORY / "docs" / "kpi-guide.md").read_text(encoding="utf-8")
    shown = "kpis:\n" + "\n".join(blocks(guide, "yaml"))
    (tmp_path / "catalogue" / "kpis" / "guide.yaml").write_text(shown, encoding="utf-8")
    assert {kpi["kind"] for kpi in yaml.safe_load(shown)["kpis"]} == {
        "count", "level", "proportion", "rate", "ratio", "statistic",
    }  # fmt: skip
    assert load_folders((*Settings().catalogs, tmp_path / "catalogue")).issues == ()


def test_the_constraints_hold_every_requirement_at_a_version_it_allows():
    lines = [line for line in (REPOSITORY / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line) for line in lines), "names and versions only"
    fixed = {canonicalize_name(name): Version(version) for name, _, version in (line.partition("==") for line in lines)}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    for text in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(fixed[canonicalize_name(requirement.name)]), text


def test_ci_runs_the_command_that_the_readme_names():
    steps = (REPOSITORY / ".ci" / "run").read_text().splitlines()
    assert "make test" in [line.strip() for line in steps]
    assert "export QMS_REPORTS_TESTS_NO_SKIP=1" in steps
    assert (REPOSITORY / ".ci" / "run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(REPOSITORY / ".ci" / "run")], check=True)


def test_make_says_what_to_do_when_there_is_no_python(tmp_path: Path):
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(REPOSITORY / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "rm", "make"):
        if path := shutil.which(name):
            (tools / name).symlink_to(path)
    command = [str(tools / "make"), "report"]
    done = subprocess.run(command, cwd=tmp_path, env={"PATH": str(tools)}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_picture_in_the_readme_is_small_enough_to_load_at_once():
    picture = REPOSITORY / "docs" / "images" / "report-page.png"
    assert picture.stat().st_size < 300_000
    assert f"]({picture.relative_to(REPOSITORY)})" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_document_has_unfinished_places(document: Path):
    assert not re.search(r"\b(TODO|FIXME|TBD|XXX)\b", document.read_text(encoding="utf-8"))
