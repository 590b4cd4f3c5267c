"""What GitHub runs and shows: workflows call targets that make has, by actions of pinned versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_there_is_a_workflow_for_each_check():
    assert {path.stem for path in WORKFLOWS} == {"check", "test", "cluster", "docs"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_what_make_has_by_pinned_actions(path):
    (job,) = yaml.safe_load(path.read_text())["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands and all(command.removeprefix("make ") in targets() for command in commands), commands
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", action) for action in uses), uses


def test_ci_runs_what_make_has():
    commands = re.findall(r"^make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert len(commands) >= 3 and set(commands) <= targets()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_what_github_needs(path):
    form = yaml.safe_load(path.read_text())
    assert form["name"] and form["description"]
    for field in form["body"]:
        assert field["type"] == "markdown" or (field["id"] and field["attributes"]["label"]), field


def test_hooks_are_the_tools_of_make_setup():
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local", "their versions stand in constraints.txt alone"
    assert {hook["entry"].split()[0] for hook in repository["hooks"]} == {".venv/bin/ruff", "make"}


def test_the_citation_has_the_licence_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["cff-version"] == "1.2.0" and citation["license"] == project["license"]
    assert "version" not in citation, "the version stands in lib/__init__.py alone"
