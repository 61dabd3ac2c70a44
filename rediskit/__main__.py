"""The command line: rediskit-server [file | -] [--option value ...]."""

import os
import sys

from rediskit import version

USAGE = """\
Usage: {program} [/path/to/redis.conf] [options] [-]
       {program} - (read the configuration from standard input)
       {program} -v or --version
       {program} -h or --help

Options are the directives of redis.conf, with two dashes before their names.

Examples:
       {program} (run with the defaults)
       echo 'maxmemory 128mb' | {program} -
       {program} /etc/redis/6379.conf
       {program} --port 7777
       {program} --port 7777 --replicaof 127.0.0.1 8888
       {program} /etc/redis.conf --loglevel verbose -
"""


def main(arguments=None):
    """Runs a server as a command line says (sys.argv by default); returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    program = os.path.basename(sys.argv[0])
    if program == "__main__.py":
        program = "python -m rediskit"
    if arguments[:1] in (["-v"], ["--version"]):
        print(version.version_line())
        return 0
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stderr.write(USAGE.format(program=program))
        return 1
    return _serve(arguments, program)


def _serve(arguments, program):
    from rediskit.config.configuration import Configuration
    from rediskit.config.file import ConfigFileError
    from rediskit.config.kinds import ConfigError
    from rediskit.logfile import Log
    from rediskit.operations.daemon import Process
    from rediskit.users.aclfile import UsersError

    log = Log()
    try:
        config = Configuration.load(arguments)
        log.follow(config)
        process = Process(config, log, program)
        process.begin()
        if not _can_serve(config, log):
            return 1
        from rediskit.server import Server

        return process.run(Server(config, log, process))
    except ConfigFileError as error:
        sys.stderr.write(error.report(version.REDIS_VERSION))
    except (ConfigError, UsersError) as error:
        log.warning(error.text)
    return 1


def _can_serve(config, log):
    """Whether the configuration asks for nothing that this server does not have; logs what."""
    modules = [declared.words for declared in config.declarations if declared.kind == "loadmodule"]
    if modules:
        path = os.fsdecode(modules[0][0])
        log.warning(f"Module {path} failed to load: this server does not run modules")
        log.warning(f"Can't load module from {path}: server aborting")
        return False
    if config.module_options:
        log.warning(
            "Module Configuration detected without loadmodule directive or no ApplyConfig call:"
            " aborting"
        )
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
