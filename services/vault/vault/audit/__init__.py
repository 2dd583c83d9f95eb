"""The audit: it fetches the entries of `looks` from every service and chains them with a key (ADR 0034).

| module       | what is in it                                                             |
|--------------|---------------------------------------------------------------------------|
| `api`        | who looked at what, by case and by person                                 |
| `chain`      | links and seals, and what is wrong with them: pure                        |
| `repository` | its SQL, as the role `audit`, and what the vault's own role may read       |
| `collector`  | the background task that chains                                           |
| `__main__`   | `python -m vault.audit` verifies everything and prints what it found       |
"""
