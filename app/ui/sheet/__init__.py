"""The sheet of a specimen in the window: groups, checklist, category, comment, reading mode and sign-off."""
