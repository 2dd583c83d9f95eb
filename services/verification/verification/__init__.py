"""Verification: the file in which a case is identified, decided by the office that the law names."""
