"""Checks of packs, directory and law. They find mistakes before a pack is used."""
