"""All images of a manifest decoded once into one memory-mapped uint8 array."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from tqdm import tqdm

from kd.atomic import atomic_file
from kd.data.manifest import Manifest
from kd.errors import KdError

ImageArray = npt.NDArray[np.uint8]


def load_images(manifest: Manifest, size_px: int, cache: Path, *, progress: bool = True) -> ImageArray:
    """Images of every row, uint8 (n, size, size, 3) RGB, read-only and memory-mapped.

    The array is kept in ``cache`` under the manifest's hash, which covers the size and time of every image
    file. Other sizes than ``size_px`` are letterboxed on the median of their border. Raises KdError, before
    anything is kept, when images are missing or cannot be decoded: the first is named, the others counted.
    """
    target = cache / f"{images_digest(manifest)}-{size_px}px.npy"
    if not target.is_file():
        with atomic_file(target) as temporary:
            _decode_all(manifest, size_px, temporary, progress)
    images: ImageArray = np.load(target, mmap_mode="r")
    return images


def first_image_size(manifest: Manifest) -> tuple[int, int]:
    """Width and height in px of the manifest's first image."""
    try:
        with Image.open(manifest.file(0)) as image:
            return image.size
    except OSError as error:
        raise KdError(f"The image {manifest.file(0)} cannot be read ({error}).") from error


def images_digest(manifest: Manifest) -> str:
    """Hash over path, size and time of every image file. Raises KdError when files are missing."""
    facts = []
    missing = []
    for row in range(len(manifest)):
        try:
            status = manifest.file(row).stat()
            facts.append((manifest.paths[row], status.st_size, status.st_mtime_ns))
        except OSError:
            missing.append(manifest.file(row))
    if missing:
        raise KdError(f"{len(missing)} image(s) of the manifest {manifest.source} are missing, first {missing[0]}.")
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _decode_all(manifest: Manifest, size_px: int, target: Path, progress: bool) -> None:
    images = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=(len(manifest), size_px, size_px, 3))
    broken: list[str] = []
    for row in tqdm(range(len(manifest)), desc="decoding", unit="img", disable=not progress, mininterval=1.0):
        try:
            with Image.open(manifest.file(row)) as image:
                images[row] = _fit(image.convert("RGB"), size_px)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            broken.append(f"{manifest.file(row)} ({error})")
    images.flush()
    if broken:
        raise KdError(f"{len(broken)} image(s) of {manifest.source} cannot be decoded, first {broken[0]}.")


def _fit(image: Image.Image, size_px: int) -> ImageArray:
    if image.size == (size_px, size_px):
        return np.asarray(image)
    scale = size_px / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    small = np.asarray(image.resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC))
    border = np.concatenate([small[0], small[-1], small[:, 0], small[:, -1]])
    fitted = np.empty((size_px, size_px, 3), np.uint8)
    fitted[:] = np.median(border, axis=0).astype(np.uint8)
    top, left = (size_px - height) // 2, (size_px - width) // 2
    fitted[top : top + height, left : left + width] = small
    return fitted
