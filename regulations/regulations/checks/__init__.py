"""Checks of packs, directory and law: what is wrong in them is found before they are used."""
