"""Where cells lie, found at low power in terms that do not depend on the stain.

First version: optical density over the glass, and contrast at the size of a nucleus.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.slides.slide import RgbImage

WORKING_MPP = 2.0
PITCH_UM = 8.0


def nuclear_evidence(image: RgbImage, mpp: float) -> npt.NDArray[np.float32]:
    """Evidence per pixel of an RGB image at ``mpp`` um: 1 and above where nuclei are likely."""
    grey = image.min(axis=2).astype(np.float32)
    density = -np.log10((grey + 1.0) / 256.0)
    near = cv2.GaussianBlur(density, (0, 0), 2.0 / mpp)
    around = cv2.blur(density, (2 * round(20.0 / mpp) + 1,) * 2)
    return np.asarray(np.minimum(near / 0.15, (near - around) / 0.03), np.float32)
