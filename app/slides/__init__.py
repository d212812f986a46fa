"""Files to pixels: readers behind one interface, tile pyramid, cache, loader, probe. No Qt, no models."""
