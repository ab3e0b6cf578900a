/** Every command and option of PDM is one of tspm, or named in docs/compatibility.md: the same names, the same need of a value, the same that exclude each other. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandSpec, OptionSpec } from '../../../src/cli/command.ts';
import { optionsOf, ROOT_ONLY } from '../../../src/cli/options.ts';
import { findCommand } from '../../../src/cli/table.ts';
import { longNames } from '../../../src/cli/tokens.ts';
import { findPdm, runWithPdm } from '../../support/pdm.ts';
import { Sandbox } from '../../support/tspm.ts';

const pdm = findPdm();
const sandbox = new Sandbox();
const skipped = pdm.kind === 'absent' ? ` (skipped: ${pdm.reason})` : '';

interface TheirCommand {
  readonly options: readonly (readonly [names: readonly string[], takesValue: boolean])[];
  readonly exclusive: readonly (readonly (readonly string[])[])[];
}

/** An option that is named there as `command --option` is explained. */
const compatibility = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8');

let table: Readonly<Record<string, TheirCommand>>;

describe.skipIf(pdm.kind === 'absent')(`options of PDM${skipped}`, () => {
  beforeAll(async () => {
    // The script's own JSON.
    table = JSON.parse((await runWithPdm(pdm, sandbox, 'pdm_options.py')).stdout) as Record<string, TheirCommand>;
  });

  it('are all known, with a value where PDM has one', () => {
    const missing: string[] = [];
    for (const [command, { options }] of Object.entries(table)) {
      const known = byName(command);
      for (const [names, takesValue] of options) {
        for (const name of names) {
          const ours = known.get(name);
          const isSame = ours !== undefined && (ours.value !== undefined) === takesValue;
          if (!isSame && !compatibility.includes(`\`${command} ${name}\``)) missing.push(`${command} ${name}`);
        }
      }
    }
    expect(missing).toEqual([]);
    expect(Object.values(table).flatMap(({ options }) => options).length).toBeGreaterThan(300);
  });

  it('exclude each other where they do in PDM', () => {
    const together: string[] = [];
    for (const [command, { exclusive }] of Object.entries(table)) {
      const known = byName(command);
      for (const group of exclusive) {
        const ours = group.map((names) => known.get(names[0] ?? ''));
        const marks = new Set(ours.map((option) => option?.exclusive));
        // An option with two names in one group excludes nothing.
        if (new Set(ours).size > 1 && (marks.size > 1 || marks.has(undefined))) {
          together.push(`${command} ${group.flat().join(' ')}`);
        }
      }
    }
    expect(together).toEqual([]);
  });
});

function byName(command: string): Map<string, OptionSpec> {
  const spec: Pick<CommandSpec, 'options'> = command === '' ? { options: ROOT_ONLY } : commandOf(command);
  return new Map(
    optionsOf(spec).flatMap((option) => [
      ...longNames([option]).map((name) => [`--${name}`, option] as const),
      ...(option.short === undefined ? [] : [[`-${option.short}`, option] as const]),
    ]),
  );
}

function commandOf(name: string): CommandSpec {
  const found = findCommand(name);
  if (found === undefined) throw new Error(`tspm has no command ${name}`);
  return found;
}
