import { sortedBy } from '../../util/collections.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { VERSION } from '../version.ts';

/** `tspm info`: the project, its Python and where its packages are. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  context.output.write(`${await describe(context, input)}\n`);
  return 0;
}

async function describe(context: CommandContext, input: ParsedCommand): Promise<string> {
  const root = await context.root();
  if (input.has('where')) return root;
  const { executable, ident, markers } = await context.interpreter();
  if (input.has('python')) return executable;
  if (input.has('env')) return JSON.stringify(sortedRecord(markers), null, 2);
  const packages = await context.packages();
  if (input.has('packages')) return packages;
  if (input.has('json')) {
    const python = { interpreter: executable, version: ident, markers: sortedRecord(markers) };
    // PDM's keys, so that what reads its answer reads this one.
    return JSON.stringify({ pdm: { version: VERSION }, python, project: { root, pypackages: packages } }, null, 2);
  }
  const isGlobal = (await context.place()).isGlobal ? 'Global ' : '';
  const rows = [
    ['tspm version:', VERSION],
    [`${isGlobal}Python Interpreter:`, `${executable} (${ident})`],
    [`${isGlobal}Project Root:`, root],
    [`${isGlobal}Local Packages:`, packages],
  ] as const;
  return rows.map(([label, value]) => `${context.paint('cyan', label)}\n  ${value}`).join('\n');
}

function sortedRecord(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(sortedBy(Object.entries(record), ([name]) => name));
}
