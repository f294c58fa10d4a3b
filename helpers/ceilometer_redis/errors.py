"""What can be wrong with what a command was given."""


class BadInput(Exception):
    """Input that cannot be used: one line, exit code 2, nothing changed.

    field: the name under which the user knows the input: a setting, a key of /etc/astute.yaml, an option, a file.
    allowed: what would have been right; never a password.
    """

    def __init__(self, field, allowed):
        super(BadInput, self).__init__('%s: %s' % (field, allowed))
        self.field = field
        self.allowed = allowed
