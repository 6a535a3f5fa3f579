"""Replies that OpenAI's Responses API makes in the background, and that can be read again from any event."""
