"""How much one person, office, token or system may ask of a service, and who is told of an unusual number (ADR 0033).

`budgets.py`: the numbers. `counts.py`: what was counted, here and by the other processes of the service.
`exchange.py`: the processes tell each other. `limits.py`: refuses (429), and raises the alarm. Nothing of it writes to
a database for a request.
"""
