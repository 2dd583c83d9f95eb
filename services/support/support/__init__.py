"""Support: needs, entitlements, requests, providers with places, referrals, delivery."""
