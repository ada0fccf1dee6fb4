"""Keep a value behind a private key, and prove who can open it."""
