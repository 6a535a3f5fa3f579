"""Firefox and WebKit, driven by WebDriver, and what the page has to do in them: `make test-browsers`."""
