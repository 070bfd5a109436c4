"""`python -m sync.warehouse` is the `warehouse` command."""

from sync.warehouse.cli import main

if __name__ == "__main__":
    main()
