"""python -m boathouse is the command boathouse."""

from boathouse.cli import main

main()
