"""How a slide is shown, in numbers: brightness, contrast, gamma, and whether its colour profile is applied."""

from __future__ import annotations

from dataclasses import dataclass

BRIGHTNESS_RANGE = (-100, 100)
CONTRAST_RANGE = (-100, 100)
GAMMA_RANGE = (0.4, 2.5)


@dataclass(frozen=True, slots=True)
class Colours:
    """How a slide is shown. ``brightness`` and ``contrast`` from -100 to 100, ``gamma`` above 1 lightens what is
    dark; ``profile``: whether the file's colour profile is applied, where it has one."""

    brightness: int = 0
    contrast: int = 0
    gamma: float = 1.0
    profile: bool = True

    def text(self) -> str:
        """For storing; the opposite of ``colours_from``."""
        return f"{self.brightness} {self.contrast} {self.gamma:.3f} {int(self.profile)}"


def colours_from(text: str) -> Colours:
    """What was stored; the defaults where it cannot be understood."""
    try:
        brightness, contrast, gamma, profile = text.split()
        found = Colours(int(brightness), int(contrast), float(gamma), profile == "1")
    except ValueError:
        return Colours()
    inside = (
        BRIGHTNESS_RANGE[0] <= found.brightness <= BRIGHTNESS_RANGE[1]
        and CONTRAST_RANGE[0] <= found.contrast <= CONTRAST_RANGE[1]
        and GAMMA_RANGE[0] <= found.gamma <= GAMMA_RANGE[1]
    )
    return found if inside else Colours()
