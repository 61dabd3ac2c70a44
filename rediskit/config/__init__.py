"""The configuration: kinds of directives, the table of them, files of them, current values."""
