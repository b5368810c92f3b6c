"""The pages, one a module: a function `show(source)` draws it."""
