"""The generator may not drift: its sources and parameters are those of FROZEN.json."""

from kd.phantom.fingerprint import FROZEN_SOURCES, frozen_record, generator_hash, parameter_set


def test_sources_are_the_frozen_ones() -> None:
    record = frozen_record()
    assert record["sources"] == list(FROZEN_SOURCES)
    assert generator_hash() == record["generator_hash"], "the phantom's drawing code changed after its freeze"


def test_parameters_are_the_frozen_ones() -> None:
    assert parameter_set() == frozen_record()["parameters"]
