"""Corresponding places lie at the same place of both viewports, whatever scale and turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.geometry import PointPx, ViewTransform
from app.ui.beside.alignment import Alignment, aligned_as_shown

PORT = (800.0, 600.0)
places = st.builds(PointPx, st.floats(0, 1e5), st.floats(0, 1e5))
mpps = st.floats(0.1, 2.0)
angles = st.floats(0, 359)


@given(places, places, angles, mpps, mpps, places, st.floats(0.01, 8), angles, places)
def test_a_place_and_its_counterpart_are_drawn_at_the_same_device_pixel(
    here, there, turn, mpp_here, mpp_there, center, scale, rotation, place
):
    alignment = Alignment(here, there, turn, mpp_here, mpp_there)
    view = ViewTransform(center, scale, rotation, PORT)
    pose = alignment.pose_there(view)
    other = ViewTransform(pose.center, pose.scale, pose.rotation_deg, PORT)
    assert other.to_device(alignment.there_of(place)) == pytest.approx(view.to_device(place), abs=1e-3, rel=1e-6)
    assert pose.scale / mpp_there == pytest.approx(scale / mpp_here), "as many microns per device pixel"


@given(places, places, angles, mpps, mpps, places)
def test_there_and_back_is_the_same_place(here, there, turn, mpp_here, mpp_there, place):
    alignment = Alignment(here, there, turn, mpp_here, mpp_there)
    back = alignment.reversed().there_of(alignment.there_of(place))
    assert (back.x, back.y) == pytest.approx((place.x, place.y), abs=1e-3)


def test_as_shown_takes_both_middles_and_the_turn_between_them():
    here = ViewTransform(PointPx(100, 200), 1.0, 350.0, PORT)
    there = ViewTransform(PointPx(1000, 50), 2.0, 20.0, PORT)
    alignment = aligned_as_shown(here, there, 0.25, 0.5)
    pose = alignment.pose_there(here)
    assert (pose.center, pose.scale, pose.rotation_deg) == (PointPx(1000, 50), 2.0, 20.0)
