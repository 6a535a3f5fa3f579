"""Files of all kinds, made when a test needs them: pictures, documents, texts, and hostile ones."""
