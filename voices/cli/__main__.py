"""`python -m voices.cli`, for a checkout in which nothing is installed."""

from voices.cli.main import main

main()
