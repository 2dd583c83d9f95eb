"""The register as values: files, changes, and what follows from them. No I/O, no framework."""
