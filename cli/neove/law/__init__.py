"""`neove law`: the regulation packs as officials read them. Works on files alone, without a running stack."""
