"""Models as pure torch modules: vision transformers of any width from timm, and the graph that a bundle holds.

No training code, no file formats, no data loading belongs here.
"""
