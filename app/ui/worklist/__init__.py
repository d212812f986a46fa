"""The slides of a folder: list, pictures, scoring in the background."""
