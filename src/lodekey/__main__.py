"""``python -m lodekey``."""

from lodekey.cli.main import main

if __name__ == "__main__":
    main()
