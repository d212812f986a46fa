"""Pixels to scores: find cells, plan tiles, run the student. Hands batches to a ScoreSink; knows neither Qt nor case."""
