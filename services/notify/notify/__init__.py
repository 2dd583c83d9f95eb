"""Notifies offices of work by inbox, signed webhook and e-mail, and guards every way to the person."""
