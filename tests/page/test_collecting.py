"""A server that starts collects its static files only if one has changed."""

import os
from pathlib import Path

import pytest

from broadcast.page.static_files import collect_changed_files


@pytest.fixture
def source(settings, tmp_path: Path) -> Path:
    """The only source of static files, with one file."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    (tmp_path / "source").mkdir()
    (tmp_path / "source/first.js").write_text("1")
    collect_changed_files()
    return tmp_path / "source"


@pytest.fixture
def collected(source: Path, tmp_path: Path) -> Path:
    """The collected file, changed by hand, so that a test sees whether it is written again."""
    path = tmp_path / "static/first.js"
    path.write_text("by hand")
    os.utime(path, (1, 1))
    return path


def test_nothing_is_written_twice(collected):
    collect_changed_files()
    assert collected.read_text() == "by hand"


@pytest.mark.parametrize("name", ["first.js", "second.js"])
def test_a_changed_file_is_collected(source, collected, name):
    (source / name).write_text("22")
    collect_changed_files()
    assert (collected.parent / name).read_text() == "22"


def test_a_removed_folder_is_collected_again(collected):
    collected.unlink()
    collected.parent.rmdir()
    collect_changed_files()
    assert collected.read_text() == "1"
