"""Keep a value behind a private key, let only the workload you name open it, and prove it."""

__version__ = "0.1.0"
