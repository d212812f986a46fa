"""The slide on screen: tiles, overlays, minimap, scale bar."""
