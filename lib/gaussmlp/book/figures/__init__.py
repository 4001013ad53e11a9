"""Figures by chapter.

As in the study, a `frame` holds runs and `guesses` hold the nulls; a table has the name of the
function that makes it.
"""
