"""Pixels to scores: find cells, plan tiles, run the student. Feeds a ScoreSink; knows neither Qt nor case."""
