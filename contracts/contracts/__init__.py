"""What the services promise each other, and the regulation packs."""
