import sys

import pytest

from app.resources import resource_path


def test_finds_what_ships_with_the_program():
    assert resource_path("__init__.py").is_file()


def test_a_frozen_program_looks_in_its_own_folder(tmp_path, monkeypatch):
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "thing.txt").write_text("x")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resource_path("thing.txt") == tmp_path / "resources" / "thing.txt"


def test_what_is_missing_is_named():
    with pytest.raises(FileNotFoundError, match=r"resources/no-such-file.*install FNAScope again"):
        resource_path("no-such-file")
