"""Development issuer: an OpenID provider that lets anybody act as any office of the demonstration, on loopback only.

Anybody who can reach it can act as any office. A demonstration needs that, and nothing else may have it. So the issuer
listens on loopback only, and warns of this in its log, on its page and in its list of offices.

| file | what it holds |
|---|---|
| `__main__.py` | the start, with the variables `NEOVE_ISSUER_…` |
| `app.py` | the addresses: which answer to which request |
| `provider.py` | the parts put together, discovery, signing out |
| `authorize.py` | the authorization request: what is checked before the page is shown, and the answer to the client |
| `page.py` | the pages, in Vietnamese and English: choose the office, then one of its demo people if it has any |
| `token.py` | the token endpoint with forms: code, client credentials, refresh |
| `short_form.py` | the token endpoint with JSON, `{"office": "commune/lao-cai"}`: for the player and for tests |
| `clients.py` | the clients, their secrets and where they may be sent back to |
| `founded.py` | offices that a signed change founded: casework is asked |
| `grants.py` | codes, and the refresh tokens of each sign-in |
| `signer.py` | access tokens and ID tokens |
| `keys.py` | the signing keys, and how they are changed |
"""
