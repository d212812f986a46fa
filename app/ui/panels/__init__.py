"""Docked panels beside the canvas."""
