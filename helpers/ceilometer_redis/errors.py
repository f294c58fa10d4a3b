"""What can go wrong: with what a command was given, or with what it was to do."""


class BadInput(Exception):
    """Input that cannot be used: one line, exit code 2, nothing changed.

    field: the name under which the user knows the input: a setting, a key of Fuel's data, an option, a file.
    allowed: what would have been right; never a password.
    """

    def __init__(self, field, allowed):
        super(BadInput, self).__init__('%s: %s' % (field, allowed))
        self.field = field
        self.allowed = allowed


class NotDone(Exception):
    """Something the running system did not do, or not in time: one line, exit code 1, safe to try again."""
