"""Slides and annotations to what ``kd`` trains on: labelled and unlabelled tiles, bags, a manifest. No Qt in here."""
