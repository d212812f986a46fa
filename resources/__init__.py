"""Files that ship with the program: icons, demo slide, demo student, sample configs. No code."""
