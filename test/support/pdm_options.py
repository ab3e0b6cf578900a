"""Prints every command of PDM with its options, as JSON: {"add": {"options": [[names, takes a value]], "exclusive": [[names]]}}."""
import argparse
import json

from pdm.core import Core


def options_of(parser):
    rows = [action for action in parser._actions if action.option_strings]
    groups = [[action.option_strings for action in group._group_actions] for group in parser._mutually_exclusive_groups]
    return {
        "options": [[action.option_strings, action.nargs != 0] for action in rows],
        "exclusive": groups,
    }


core = Core()
core.init_parser()
core.load_plugins()
commands = next(action for action in core.parser._actions if isinstance(action, argparse._SubParsersAction))
table = {name: options_of(parser) for name, parser in commands.choices.items()}
table[""] = options_of(core.parser)
print(json.dumps(table))
