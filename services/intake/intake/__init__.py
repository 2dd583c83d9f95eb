"""Reports, screening, possible duplicates, opening of cases."""
