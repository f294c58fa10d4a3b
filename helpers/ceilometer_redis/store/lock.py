# SPDX-License-Identifier: Apache-2.0
"""A lock in the store, for what one controller at a time may do. It expires: nobody waits for one that lost power."""

#: In Lua: renew or delete a key only if it has this value. What is there in its place and would not go by itself in
#: time, or is of another type, is nobody's lock: it is deleted, and the next to come may take it.
RENEW = """
local held, left = redis.pcall('get', KEYS[1]), redis.call('pttl', KEYS[1])
if held == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
if type(held) == 'table' or left < 0 or left > tonumber(ARGV[2]) then redis.call('del', KEYS[1]) end
return 0
"""
RELEASE = "if redis.pcall('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


def take(client, name, holder, expiry):
    """Take a lock if nobody has it, renew it if the holder has; return whether the holder has it now.

    Args:
        client: That of the redis master.
        name: The lock's key.
        holder: The key's value.
        expiry: Milliseconds from now.
    """
    # The words of SET with NX and PX, which python-redis has as arguments only since 2.9.
    if client.execute_command('SET', name, holder, 'NX', 'PX', expiry) is not None:
        return True
    return client.eval(RENEW, 1, name, holder, expiry) == 1


def release(client, name, holder):
    """Give a lock up, if the holder has it."""
    client.eval(RELEASE, 1, name, holder)
