"""`python -m api.print_schemas` prints the schemas of requests, responses and events, as an OpenAPI document.

`make types` generates the page's types from it.
"""

import json
import sys

from api.main import create_app
from api.openapi.document import schemas
from api.streaming.shutdown import ShutdownSignal
from chat.settings import Settings


def main() -> None:
    """Prints the document, which is the same with any settings: this machine's are not read."""
    app = create_app(Settings.model_construct(), ShutdownSignal())
    sys.stdout.write(json.dumps(schemas(app), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
