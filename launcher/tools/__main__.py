"""`python -m launcher.tools`: serves the tools on standard input and output."""

from launcher.tools.server import server

if __name__ == "__main__":
    server.run("stdio")
