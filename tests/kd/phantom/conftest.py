"""One small slide and one small data set for all tests of the phantom."""

from pathlib import Path

import pytest

from kd.phantom.patches import Recipe, write_dataset
from kd.phantom.slide import SlideRecipe, write_slide


@pytest.fixture(scope="session")
def small_recipe() -> SlideRecipe:
    return SlideRecipe(width=2900, height=2300, seed=3, suspicious=3)


@pytest.fixture(scope="session")
def small_slide(tmp_path_factory: pytest.TempPathFactory, small_recipe: SlideRecipe) -> Path:
    folder = tmp_path_factory.mktemp("slide")
    return write_slide(small_recipe, folder / "small.tif", "test")


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("set")
    return write_dataset(Recipe(cases=6, per_case=24, seed=9), folder / "data", "test")
