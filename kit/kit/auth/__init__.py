"""Who calls: access tokens of callers (OpenID Connect, RFC 9068), and this service's own. Rights are decided elsewhere.

`principal.py`: who is signed in. `verifier.py`: a token becomes a principal. `keys.py`: the provider's public keys.
`deny_list.py`: tokens and subjects that are refused before they expire. `service_token.py`: this service as a client.
"""

from kit.auth.principal import Decision, Principal, deny_all
from kit.auth.service_token import ServiceToken
from kit.auth.verifier import TokenVerifier

__all__ = ["Decision", "Principal", "ServiceToken", "TokenVerifier", "deny_all"]
