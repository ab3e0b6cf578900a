import type { GroupFlags } from '../project/groups.ts';
import type { ParsedCommand } from './command.ts';

/** The group options of a command. */
export function groupFlags(input: ParsedCommand): GroupFlags {
  const dev = input.has('dev') ? true : input.has('prod') ? false : undefined;
  return {
    groups: input.list('group'),
    without: input.list('without'),
    default: !input.has('no-default'),
    ...(dev === undefined ? {} : { dev }),
  };
}
