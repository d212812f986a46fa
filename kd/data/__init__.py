"""Labelled patches: manifest, class table, decoded image cache, batches and their augmentation.

Images and tables only; no model and no loss belongs here.
"""
