import type { CommandSpec } from './command.ts';
import { DEPENDENCY_COMMANDS } from './dependency-commands.ts';
import { OTHER_COMMANDS } from './other-commands.ts';

/** Every command, in the order help shows them. */
export const COMMANDS: readonly CommandSpec[] = [...DEPENDENCY_COMMANDS, ...OTHER_COMMANDS];

/** The command of this name. */
export function findCommand(name: string): CommandSpec | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/** Commands of PDM that tspm does not have, so that the answer is not "not found". */
export const FOREIGN_COMMANDS: ReadonlySet<string> = new Set([
  'fix',
  'new',
  'plugin',
  'publish',
  'py',
  'python',
  'search',
  'self',
  'venv',
]);
