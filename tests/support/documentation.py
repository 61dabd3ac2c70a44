"""Redis' own documentation of its commands, as COMMAND DOCS and INFO reply it, made comparable."""


def plain(reply):
    """A Reply of RESP2 as Python values: bulk strings and statuses as str, arrays as lists."""
    content = reply.content
    if isinstance(content, bytes):
        return content.decode("latin-1")
    if isinstance(content, list):
        return [plain(element) for element in content]
    return content


def pairs(flat):
    """A map that RESP2 sent as a flat list."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def every_document(flat):
    """{name: document} of the flat reply of COMMAND DOCS, subcommands instead of containers."""
    found = {}
    for name, document in pairs(flat).items():
        document = _document(document)
        if "subcommands" in document:
            found |= every_document(document["subcommands"])
        else:
            found[name] = document
    return found


def every_summary(flat):
    """{name: summary} of the flat reply of COMMAND DOCS, containers and subcommands included."""
    found = {}
    for name, document in pairs(flat).items():
        document = pairs(document)
        found[name] = document["summary"]
        found |= every_summary(document.get("subcommands", []))
    return found


def _document(flat):
    document = pairs(flat)
    if "arguments" in document:
        document["arguments"] = [_document(argument) for argument in document["arguments"]]
    return document


def usage_of(document):
    """The usage line, without the command's name, that the manual prints for a document."""
    return " ".join(map(_spell, document.get("arguments", [])))


def _spell(argument):
    flags = argument.get("flags", [])
    text = _spell_value(argument)
    is_choice = argument["type"] == "oneof"
    if is_choice and ("token" in argument or "optional" not in flags or "multiple" in flags):
        text = f"<{text}>"
    alone = text
    if "token" in argument and argument["type"] != "pure-token":
        text = f"{argument['token']} {text}"
    if "multiple" in flags:
        text += f" [{text if 'multiple_token' in flags else alone} ...]"
    return f"[{text}]" if "optional" in flags else text


def _spell_value(argument):
    if argument["type"] == "pure-token":
        return argument["token"] or '""'
    if argument["type"] == "oneof":
        return " | ".join(map(_spell, argument["arguments"]))
    if argument["type"] == "block":
        return " ".join(map(_spell, argument["arguments"]))
    return argument["name"]


def every_information(reply):
    """{name: the list of ten} of the reply of COMMAND (plain), subcommands included."""
    found = {}
    for information in reply:
        found[information[0]] = information
        found |= every_information(information[9])
    return found
