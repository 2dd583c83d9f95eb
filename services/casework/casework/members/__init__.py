"""Who works in an office: its members, and when one is absent and who deputises (ADR 0023).

`roster`: what is known of one office, as pure data. `service`: use cases. `api`, `schemas` and `repository` are as in
every service. Names of members are stored and shown here, and nowhere else.
"""
