"""The rules of matching a second time, in plain Python, to hold the models against.

Written from the contract, not from the SQL: where the two differ, one is wrong.
"""
