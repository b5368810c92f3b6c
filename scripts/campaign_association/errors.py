"""The ways a command ends badly, each with its exit code."""

import click


class CommandFailed(click.ClickException):
    """The command could not do its work (exit code 1)."""

    exit_code = 1


class WrongUsage(click.ClickException):
    """An option, variable or file is wrong; the message says how to mend it (2)."""

    exit_code = 2


class Refused(click.ClickException):
    """The command declined to act because acting was not safe (exit code 3)."""

    exit_code = 3
