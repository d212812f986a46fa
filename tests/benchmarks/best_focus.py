"""Best-focus plane against a depth map, and the all-in-focus picture against its reference.

    python -m tests.benchmarks.best_focus [--data ../shared/data/zstack]

The stack of cells is SIMULATED: real pixels of a cytospin, blurred by a Gaussian according to a drawn depth map. It
says nothing of real optics. The stack of a circuit board is real, and has a reference fused by another program.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from app.analysis.cell_scan import scan_slide
from app.geometry import PixelRegion, RectPx
from app.slides.focus_stack import FUSION_RULE, best_plane, focus_energy
from app.slides.open import open_slide
from app.slides.slide import ALL_IN_FOCUS, RgbImage, Slide

RESULTS = Path(__file__).parent / "results" / "best_focus.md"
TILES_UM = (24.0, 48.0, 96.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data/zstack"))
    folder = parser.parse_args().data
    lines = ["# Best focus", "", f"`python -m tests.benchmarks.best_focus`; fusion rule {FUSION_RULE}.", ""]
    lines += planes_table(folder) + fusion_table(folder)
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def planes_table(folder: Path) -> list[str]:
    """Of tiles with cells: how far the plane found lies from the depth drawn there."""
    slide = open_slide(folder / "csf-mgg-SIMULATED-7z.ome.tif", probe=False)
    truth = true_planes(slide, folder / "csf-mgg-SIMULATED-depth.npz")
    assert slide.info.mpp is not None
    cells = scan_slide(slide, slide.info.mpp, plane=ALL_IN_FOCUS)
    assert cells is not None
    lines = [
        "SIMULATED stack of a cytospin (7 planes, 1 um apart). A tile counts when cells take a fiftieth of it; its",
        "true plane is the median depth under its cells.",
        "",
        "| tiles | with cells | within one plane | same plane | mean error, planes | SD |",
        "|---|---|---|---|---|---|",
    ]
    size = slide.info.size
    weights = cells.cellular_weights(size.height // 8, size.width // 8, 8) > 0
    for tile_um in TILES_UM:
        side = round(tile_um / slide.info.mpp)
        errors = []
        for y in range(0, size.height - side + 1, side):
            for x in range(0, size.width - side + 1, side):
                where = weights[y // 8 : (y + side) // 8, x // 8 : (x + side) // 8]
                if where.mean() < 0.02:
                    continue
                depth = truth[y : y + side : 8, x : x + side : 8][: where.shape[0], : where.shape[1]]
                found = best_plane(slide, RectPx(x, y, side, side))
                errors.append(found - float(np.median(depth[where[: depth.shape[0], : depth.shape[1]]])))
        error = np.array(errors)
        lines.append(
            f"| {tile_um:g} um | {len(error)} | {np.mean(np.abs(error) <= 1.0):.1%} | "
            f"{np.mean(np.abs(error) <= 0.5):.1%} | {error.mean():+.2f} | {error.std():.2f} |"
        )
    slide.close()
    return [*lines, ""]


def fusion_table(folder: Path) -> list[str]:
    """How near planes and fused picture come to the reference, and how much detail they have."""
    lines = [
        "Against the reference picture. The board was photographed without a fixed lens: its planes do not lie on each",
        "other, the reference's were aligned and its noise sharpened, so that there only the detail can be compared.",
        "",
        "| stack | PSNR of the planes, dB | of the fused picture | detail* of the planes | fused | reference |",
        "|---|---|---|---|---|---|",
    ]
    for name, stack, reference in (
        ("cytospin, SIMULATED", "csf-mgg-SIMULATED-7z.ome.tif", "csf-mgg-SIMULATED-allfocus.jpg"),
        ("circuit board, real", "pcb-real-7z.ome.tif", "pcb-real/expected.jpg"),
    ):
        slide = open_slide(folder / stack, probe=False)
        expected = cv2.cvtColor(cv2.imread(str(folder / reference)), cv2.COLOR_BGR2RGB)
        height, width = expected.shape[:2]
        region = PixelRegion(0, 0, width, height)
        planes = [slide.read(region, 0, n) for n in range(slide.info.focal_planes.count)]
        fused = slide.read(region, 0, ALL_IN_FOCUS)
        near = [psnr(image, expected) for image in planes]
        detail = [float(focus_energy(image).mean()) for image in (*planes, fused, expected)]
        lines.append(
            f"| {name} | {min(near):.1f} to {max(near):.1f} | {psnr(fused, expected):.1f} | "
            f"{min(detail[:-2]):.0f} to {max(detail[:-2]):.0f} | {detail[-2]:.0f} | {detail[-1]:.0f} |"
        )
        slide.close()
    return [*lines, "", "*mean energy of the Laplacian"]


def true_planes(slide: Slide, path: Path) -> np.ndarray:
    """The plane at which each level-0 pixel is sharp, as a fraction."""
    depth = np.load(path)["depth_um"].astype(np.float32)
    size, planes = slide.info.size, slide.info.focal_planes
    full = cv2.resize(depth, (size.width, size.height), interpolation=cv2.INTER_LINEAR)
    assert planes.spacing_um is not None
    return np.asarray(full / planes.spacing_um + planes.middle)


def psnr(image: RgbImage, expected: RgbImage) -> float:
    """In dB."""
    error = np.mean((image.astype(np.float64) - expected) ** 2)
    return float(10 * np.log10(255.0**2 / error))


if __name__ == "__main__":
    main()
