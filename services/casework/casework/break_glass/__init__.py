"""Break-glass: two persons of an office outside a case open it for minutes, for danger to life (ADR 0039).

`casework.domain.breaking_glass` has its states, `regulations.break_glass` what may be read meanwhile.
"""
