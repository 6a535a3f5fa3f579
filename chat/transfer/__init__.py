"""Converters between exports of chat applications and our messages. No I/O on the store."""
