"""The papers beside the sources: what they lead to is there, and they agree with the package."""

import configparser
import re

import pytest

import rediskit
from tests.support.sources import PACKAGE, ROOT

PAPERS = sorted(ROOT.glob("*.md"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
LONGEST_LINE = 100


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_papers_are_readable_and_their_links_lead_somewhere(path):
    text = path.read_text()
    assert max(map(len, text.splitlines())) <= LONGEST_LINE
    assert not re.search(r"[ \t]+$", text, re.MULTILINE)
    anchors = {re.sub(r"\W+", "-", title.lower()) for title in re.findall(r"^#+ (.+)$", text, re.M)}
    for target in LINK.findall(text):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_what_contributors_are_told_to_read_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for name in re.findall(r"`(tests/[\w/.]+)`", text):
        assert (ROOT / name).exists(), name
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in re.findall(r"\bmake ([a-z-]+)", text):
        assert target in targets, target


def test_the_changelog_knows_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in text
    assert rediskit.__version__ in text


def test_the_licence_is_that_of_the_package():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert setup["metadata"]["license"] == "BSD-3-Clause"
    text = (ROOT / setup["metadata"]["license_files"]).read_text()
    assert text.startswith("BSD 3-Clause License\n")
    assert "Copyright (c) 2026, the rediskit developers\n" in text


def test_type_checkers_are_told_that_there_are_types():
    assert (PACKAGE / "py.typed").read_text() == ""
