"""Many slides: scored one after the other or side by side, on this machine or on several. No Qt in here."""
