"""The offices as casework knows them: what the directory says of one, and its particulars, which no fold reads.

`service`: use cases. `api`, `schemas` and `repository` are as in every service. Changes that decide routing are
amendments (`casework.amendments`).
"""
