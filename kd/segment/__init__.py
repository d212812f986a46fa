"""Cell segmentation: a U-Net teacher, a student about a hundred times smaller, and what passes between them.

Classes: background, cytoplasm, nucleus. ``python -m kd.segment data|teacher|distill|evaluate|export``.
"""
