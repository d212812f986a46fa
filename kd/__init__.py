"""Data to model: phantoms, training, distillation, evaluation, export. Imports nothing of ``app``, opens no slide.

Kept free of imports, so that the viewer can take ``kd.bundle`` without pulling in torch.
"""
