"""Marking on the slide: tools, selection, editing, classes. What is drawn goes into the case and nowhere else."""
