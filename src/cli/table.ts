import type { CommandSpec } from './command.ts';
import { DEPENDENCY_COMMANDS } from './dependency-commands.ts';
import { OTHER_COMMANDS } from './other-commands.ts';
import { SIDE_COMMANDS } from './side-commands.ts';

/** Every command, in the order help shows them. */
export const COMMANDS: readonly CommandSpec[] = [...DEPENDENCY_COMMANDS, ...OTHER_COMMANDS, ...SIDE_COMMANDS];

/** The command of this name or alias. */
export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name || command.aliases?.includes(name) === true);
}
