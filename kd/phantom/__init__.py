"""Phantom cytology: thyroid-FNAC-like patches and whole slides drawn by arithmetic, with their ground truth.

For the machinery only: nothing that is measured on a phantom says anything about patients. No torch in here
(a viewer's developer can make slides without it), and no real image. Draw order: cases -> scene -> canvas of
dye amounts -> optics -> pixels.
"""
