"""Protection: requests, measures and shelter, in records that only those who protect may read."""
