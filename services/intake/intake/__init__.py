"""Takes reports, screens, finds possible duplicates, and opens one case for each person."""
