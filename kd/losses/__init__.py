"""Distillation losses, one idea a file, as functions of tensors. They know no model, no optimiser and no data.

Shapes: B images, N patch tokens, D width, C classes; logits (B, C); block outputs (B, 1 + N, D), class token first.
All losses compute in float32, whatever precision the models run in.
"""
