"""Other programs' formats, both ways. Writes nothing half: each file appears whole or not at all."""
