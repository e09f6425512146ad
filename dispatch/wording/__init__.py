"""The words that people read, one file a language: `fr.toml`, `en.toml`.

`shape` and its neighbours say which words there are, `catalogue` reads a language, `formats`
writes dates, hours and numbers as it does.
"""
