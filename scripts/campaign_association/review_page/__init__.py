"""The review page: `campaign-association review` in a browser.

:mod:`.source` reads the database for every page, :mod:`.app` is what Streamlit runs,
``pages/`` holds one page a module, each with a function ``show(source)``. Decisions are
made and appended by the functions of :mod:`campaign_association.review`, as on the
command line.
"""
