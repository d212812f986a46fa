"""Runs the student: ONNX Runtime or torch, chosen with a reason and checked against reference tiles."""
