"""What must not be lost, in SQLite; stores scores (implements ScoreSink). Knows nothing of analysis."""
