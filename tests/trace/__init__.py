"""From every requirement to the tests that prove it."""
