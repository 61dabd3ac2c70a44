"""The texts of errors: their form, and those whose wording depends on what a client sent."""

import pytest

from rediskit import errors
from rediskit.errors import CommandError, ProtocolError, SecurityAttack

# Those that are the end of a text.
PARTS = ("CONFIG_", "RULE_", "EXEC_NO_", "DUPLICATE_USER", "RENAME_")
CONSTANTS = {
    name: text
    for name, text in vars(errors).items()
    if name.isupper() and isinstance(text, str) and not name.startswith(PARTS)
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_text_is_a_line_that_opens_with_its_code(name):
    text = CONSTANTS[name]
    error = CommandError(text)
    assert error.text == text == str(error)
    assert error.code == text.split(" ")[0]
    assert error.code.isupper()


def test_no_text_stands_there_twice():
    assert len(set(CONSTANTS.values())) == len(CONSTANTS)


@pytest.mark.parametrize(
    "given, text, code",
    [
        ("ERR syntax error", "ERR syntax error", "ERR"),
        ("WRONGTYPE x", "WRONGTYPE x", "WRONGTYPE"),
        ("no code", "ERR no code", "ERR"),
        ("", "ERR ", "ERR"),
        ("Mixed case", "ERR Mixed case", "ERR"),
        ("ERR a\r\nb\n\n", "ERR a  b", "ERR"),
    ],
)
def test_command_errors(given, text, code):
    error = CommandError(given)
    assert (error.text, error.code) == (text, code)


def test_a_security_attack_is_a_protocol_error_for_the_log():
    attack = SecurityAttack()
    assert isinstance(attack, ProtocolError) and isinstance(attack, CommandError)
    assert attack.text.startswith("Possible SECURITY ATTACK detected.")


def test_unknown_commands_show_how_they_begin():
    assert errors.unknown_command(b"foo") == "ERR unknown command 'foo', with args beginning with: "
    assert errors.unknown_command(b"foo", [b"a", b"b c"]) == (
        "ERR unknown command 'foo', with args beginning with: 'a' 'b c' "
    )
    long = errors.unknown_command(b"x" * 200, [b"y" * 120, b"z" * 200, b"w"])
    assert long == (
        f"ERR unknown command '{'x' * 128}', with args beginning with: '{'y' * 120}' '{'z' * 5}' "
    )
    cut = errors.unknown_command(b"a\0b", [b"c\0d"])
    assert cut == "ERR unknown command 'a', with args beginning with: 'c' "


def test_unknown_subcommands():
    assert errors.unknown_subcommand(b"foo", b"CLIENT") == (
        "ERR unknown subcommand 'foo'. Try CLIENT HELP."
    )
    assert errors.unknown_subcommand(b"x" * 200, "CLIENT").count("x") == 128


def test_templates_take_bytes_text_and_numbers():
    assert errors.wrong_arity(b"get") == "ERR wrong number of arguments for 'get' command"
    assert errors.wrong_arity("client|id").endswith(" for 'client|id' command")
    assert errors.no_group(b"k", b"g") == "NOGROUP No such key 'k' or consumer group 'g'"
    assert errors.must_be_between(-1, 5).endswith("value must between -1 and 5")
    assert errors.unsupported_option(b"a\0b") == "ERR Unsupported option a"
    with pytest.raises(ValueError):
        errors.wrong_arity("one", "too many")


def test_bytes_that_are_no_text_stay_the_same():
    text = CommandError(errors.unknown_argument(b"\xff{x}\xc3")).text
    assert text.encode("utf-8", "surrogateescape") == b"ERR Unknown argument \xff{x}\xc3"
    assert errors.expected_dollar(0xFF).encode("utf-8", "surrogateescape").endswith(b"got '\xff'")


def test_parts_of_configuration_errors():
    assert errors.config_one_of(["yes", "no"]) == (
        "argument(s) must be one of the following: yes, no"
    )
    assert errors.config_set(b"port", errors.config_between(0, 65535)) == (
        "ERR CONFIG SET failed (possibly related to argument 'port') - "
        "argument must be between 0 and 65535 inclusive"
    )
