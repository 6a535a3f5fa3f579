"""Checks the address of the store that keeps the contents of files (`FILES_URL`)."""

from urllib.parse import urlsplit


def check_url(url: str) -> str:
    """Returns the address of a store. Raises `ValueError` with a sentence for one that cannot be used."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        if parts.netloc or not parts.path.startswith("/") or parts.query or parts.fragment:
            raise ValueError("must be file:/// and the absolute path of a folder, such as file:///var/lib/holdfast")
        return url
    if parts.scheme != "s3" or not parts.netloc:
        raise ValueError("must be file:///folder or s3://bucket/prefix; docs/operations.md has the variables of S3")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("may only have the bucket and a prefix; keys belong into AWS_ACCESS_KEY_ID and the like")
    return url
