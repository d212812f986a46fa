"""Comparing distillation methods under equal conditions: plan, trainings, measurements, statistics, tables."""
