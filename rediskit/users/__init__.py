"""Who may do what: users, the rules that make them, and the record of what was denied.

A user is passwords and one or more selectors; a selector is a set of commands, patterns of keys
and patterns of channels. A request is permitted if one selector permits all of it.

    selector.py     what one set of rules permits
    user.py         passwords, selectors, and how all rules are read and spelled
    registry.py     the users of a server: changed all or nothing, wherever rules come from
    aclfile.py      the file of users (directive aclfile)
    acl_log.py      what was denied to whom (ACL LOG)

Nothing here knows of connections: the server is told which users changed.
Source: redis.io/docs/management/security/acl.
"""
