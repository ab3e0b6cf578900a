import { directRequirements } from '../../app/direct-requirements.ts';
import { frozenLine, listInstalled } from '../../app/list.ts';
import { listLocked } from '../../app/list-locked.ts';
import { SUB, type ListedPackage } from '../../app/listed-package.ts';
import type { Session } from '../../app/session.ts';
import { TspmError } from '../../errors.ts';
import { readLockIfAny } from '../../lockfile/read.ts';
import { allGroups, groupNames, sortGroups } from '../../project/groups.ts';
import { compareText } from '../../util/collections.ts';
import type { ParsedCommand } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { dependencyData, dependencyTrees, matchesPatterns } from '../dependency-tree.ts';
import { lockFile } from '../flags.ts';
import { csvText, licensePage } from '../list-formats.ts';
import { renderTable, renderTrees } from '../render.ts';
import { withSession } from '../session.ts';

const FIELDS = ['name', 'version', 'location', 'groups', 'homepage', 'licenses'] as const;
type Field = (typeof FIELDS)[number];

/** `tspm list`. */
export async function run(context: CommandContext, input: ParsedCommand): Promise<number> {
  refuseMixtures(input);
  return withSession(context, input, async (session) => {
    const groups = chosenGroups(session, input);
    const packages = ofGroups(await listed(context, input, session), groups, session);
    if (input.has('tree')) {
      context.output.write(treeText(input, { packages, session, withSub: groups?.has(SUB) ?? true }));
      return 0;
    }
    const shown = packages.filter(({ key }) => matchesPatterns(key, input.args));
    context.output.write(input.has('freeze') ? freezeText(shown) : fieldsText(context, input, { shown, session }));
    return 0;
  });
}

function refuseMixtures(input: ParsedCommand): void {
  const refuse = (names: readonly string[], other: string): void => {
    const name = names.find((one) => input.has(one));
    if (name !== undefined) throw new TspmError('TSPM_USAGE', `--${name} cannot be used with --${other}`);
  };
  if (input.has('reverse') && !input.has('tree')) {
    throw new TspmError('TSPM_USAGE', '--reverse cannot be used without --tree');
  }
  if (input.has('tree')) refuse(['freeze', 'csv', 'markdown', 'sort'], 'tree');
  if (!input.has('freeze')) return;
  refuse(['resolve', 'fields', 'sort', 'csv', 'json', 'markdown', 'include', 'exclude'], 'freeze');
}

async function listed(context: CommandContext, input: ParsedCommand, session: Session): Promise<ListedPackage[]> {
  if (!input.has('resolve')) return await listInstalled(session);
  const lock = readLockIfAny(await lockFile(context, input), session.root);
  return lock === undefined ? [] : await listLocked(session, lock);
}

/** The groups that are shown; undefined for everything, also what no group asks for. */
function chosenGroups(session: Session, input: ParsedCommand): ReadonlySet<string> | undefined {
  if (!input.has('include') && !input.has('exclude')) return undefined;
  const all = [...sortGroups(allGroups(groupNames(session.pyproject))), SUB];
  const named = (option: string): readonly string[] => {
    const names = wordsOf(input.value(option) ?? '');
    const unknown = names.find((name) => !all.includes(name));
    if (unknown === undefined) return names;
    const message = `--${option} groups must be selected from: ${all.join(', ')}, not "${unknown}"`;
    throw new TspmError('TSPM_USAGE', message);
  };
  const [included, excluded] = [named('include'), named('exclude')];
  // What hangs below a group that is shown is shown with it.
  const start = included.length === 0 ? all : [...included, SUB];
  return new Set(start.filter((group) => !excluded.includes(group)));
}

function ofGroups(
  packages: readonly ListedPackage[],
  groups: ReadonlySet<string> | undefined,
  session: Session,
): readonly ListedPackage[] {
  if (groups === undefined) return packages;
  const direct = directRequirements(session);
  const reached = new Set(
    [...direct].flatMap(([key, found]) => (found.groups.some((one) => groups.has(one)) ? [key] : [])),
  );
  const byKey = new Map(packages.map((one) => [one.key, one]));
  if (groups.has(SUB))
    for (const key of reached) for (const below of byKey.get(key)?.requires ?? []) reached.add(below.key);
  return packages.filter(({ key }) => reached.has(key));
}

function treeText(
  input: ParsedCommand,
  {
    packages,
    session,
    withSub,
  }: { readonly packages: readonly ListedPackage[]; readonly session: Session; readonly withSub: boolean },
): string {
  const required = new Map([...directRequirements(session)].map(([key, { specifier }]) => [key, specifier]));
  const request = { packages, patterns: input.args, reverse: input.has('reverse'), required, withSub };
  if (input.has('json')) return `${JSON.stringify(dependencyData(request), null, 2)}\n`;
  return renderTrees(dependencyTrees(request));
}

function freezeText(packages: readonly ListedPackage[]): string {
  const lines = packages.map(frozenLine).sort((a, b) => compareText(a.toLowerCase(), b.toLowerCase()));
  return lines.map((line) => `${line}\n`).join('');
}

function fieldsText(
  context: CommandContext,
  input: ParsedCommand,
  { shown, session }: { readonly shown: readonly ListedPackage[]; readonly session: Session },
): string {
  const fields = fieldsOf(input, 'fields', 'name,version,location');
  const order = fieldsOf(input, 'sort', 'name');
  const sorted = [...shown].sort((a, b) => compareBy(order, a, b));
  const cells = sorted.map((one) => fields.map((field) => cellOf(one, field)));
  if (input.has('json')) {
    const rows = sorted.map((one) => Object.fromEntries(fields.map((field) => [field, cellOf(one, field)])));
    return `${JSON.stringify(rows, null, 4)}\n`;
  }
  if (input.has('csv')) return csvText([fields, ...cells]);
  if (!input.has('markdown')) return renderTable(fields, cells, context.paint);
  const entries = sorted.map((one) => ({
    listed: one,
    facts: fields.map((field) => [titleCase(field), cellOf(one, field)] as const),
  }));
  return licensePage(session.pyproject.name ?? '', entries);
}

function titleCase(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

function compareBy(fields: readonly Field[], a: ListedPackage, b: ListedPackage): number {
  for (const field of fields) {
    const order = compareText(cellOf(a, field).toLowerCase(), cellOf(b, field).toLowerCase());
    if (order !== 0) return order;
  }
  return 0;
}

function cellOf(one: ListedPackage, field: Field): string {
  return field === 'groups' ? one.groups.join('|') : one[field];
}

function fieldsOf(input: ParsedCommand, option: string, fallback: string): readonly Field[] {
  const text = input.value(option) ?? fallback;
  if (text === '*') return FIELDS;
  const words = wordsOf(text).map((word) => word.toLowerCase());
  const fields = words.flatMap((word) => FIELDS.filter((field) => field === word));
  if (fields.length === words.length && words.length > 0) return fields;
  throw new TspmError('TSPM_USAGE', `--${option} must be one or more of: ${FIELDS.join(',')}`);
}

function wordsOf(text: string): string[] {
  return text.split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}
