"""The command line `voicestudio` and the MCP server: clients of the HTTP API, installed without the web application.

A program of its own, as the sandbox is: it imports nothing else of ours and knows only what the API answers. Its
`pyproject.toml` makes it a distribution with httpx and click as its only dependencies.
"""
