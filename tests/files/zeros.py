"""Compressed zeros, of which there are hundreds of megabytes."""

import zlib

PIECE = 1 << 20
MODULUS = 65_521
"""The modulus of Adler-32, RFC 1950. The checksum of zeros depends on their number alone."""


def packed(count: int) -> bytes:
    """That many zeros in the format of zlib: one packed piece is repeated, because to pack all takes a second."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = packer.compress(bytes(PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(count % PIECE)) + packer.flush()
    checksum = (count % MODULUS) << 16 | 1
    return b"\x78\xda" + piece * (count // PIECE) + rest + checksum.to_bytes(4, "big")
