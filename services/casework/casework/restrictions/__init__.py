"""Restricted cases: who may work on a case, beside the rights of the offices (ADR 0040).

`casework.domain.restricting` puts the signed restrictions of a case together, `regulations.restricted` decides by them,
and `hidden` keeps such cases out of the lists of the office.
"""
