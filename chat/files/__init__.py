"""Files that users attach to questions: their records, their objects, and what models get of them."""
