/** Leaves, after a sync that filled an empty packages folder, the recipe by which the shell front makes one like it without Node; see docs/run.md. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { machine, release, version } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { registrationName, registrationOf } from '../cache/projects.ts';
import { manifestPath } from '../cache/layout.ts';
import { controlPaths } from '../installer/environment.ts';
import { BOOT_GAP, formatRecipe, ROOT_GAP } from '../installer/recipe.ts';
import { readTextIfAny } from '../installer/files.ts';
import type { NotedEntry, TreeNotes } from '../installer/tree-notes.ts';
import { configFlag } from '../project/config.ts';
import { formatStamp, sameTime, writeStamp, type FrontStamp } from '../run/front-stamp.ts';
import type { ProgressEvent } from '../ports.ts';
import { bootId } from '../util/machine.ts';
import type { Account } from './account.ts';
import type { CommandContext } from './context.ts';
import type { FrontPlace } from './front.ts';
import type { Output } from './output.ts';
import { privateFolder } from './private-folder.ts';
import { formatElapsed } from './render.ts';
import { createReporter } from './reporter.ts';

/** What a recipe is made from. */
export interface RecipeWish {
  readonly place: FrontPlace;
  /** What has to be as it is, stamps included, for a sync to mean the same. */
  readonly lines: FrontStamp['lines'];
  readonly unchanged: readonly string[];
  readonly stamps: ReadonlyMap<'run' | 'sync', string>;
  readonly lock: string;
  readonly notes: TreeNotes;
  readonly account: Account;
}

/** Recipes that stay: of several projects, groups, and versions of a lock. A large one has some megabytes. */
const MOST_KEPT = 8;

/** Throws what the file system throws; without a recipe Node is asked, which costs time and nothing else. */
export async function leaveRecipe(context: CommandContext, wish: RecipeWish): Promise<void> {
  const { place, lines, unchanged, lock, notes, account } = wish;
  const { root, ident } = place;
  if (!isRepeatable(wish)) return;
  const cacheDir = await context.cacheDir();
  const folder = privateFolder(context.env, 'tspm-recipes-v1');
  // A relative one is another one elsewhere.
  if (cacheDir === undefined || !isAbsolute(cacheDir) || folder === undefined) return;
  const facts = formatStamp({
    root,
    lines: [...lines, ['absent', `__pypackages__/${ident}`]],
    present: [],
    unchanged,
    known: new Map(),
  });
  if (facts === undefined) return;
  const stem = join(folder, `${sha256(readFileSync(lock))}-${sha256(facts).slice(0, 32)}`);
  const proof = `${stem}.proof`;
  if (isKept(stem) && sameTime(proof, place.real)) return;
  const recipe = formatRecipe(notes, {
    facts: await factsOf(context, wish, cacheDir),
    entries: notes.entries.map(entryLine),
    control: controlTexts(wish),
    ...toldBy(account, context),
  });
  if (recipe === undefined) return;
  replace(`${stem}.recipe`, recipe);
  await writeStamp(proof, `${facts}${sha256(recipe)}  ${stem}.recipe\n`, place.real);
  removeOld(folder, basename(stem));
}

/** Whether the recipe is as it was written. The front removes the proof of one that has failed. */
function isKept(stem: string): boolean {
  if (!existsSync(`${stem}.proof`) || !existsSync(`${stem}.recipe`)) return false;
  return readFileSync(`${stem}.proof`, 'utf8').includes(`\n${sha256(readFileSync(`${stem}.recipe`))}  `);
}

/** What is told of this one time only, or of the network; other warnings follow from the lock. */
function isOfThisTime(
  { level, isLasting }: Extract<ProgressEvent, { kind: 'note' }>,
  { wasFetching }: Account,
): boolean {
  return isLasting !== true && (wasFetching || level !== 'warning');
}

/** Whether all that is there follows from what the proof names. */
function isRepeatable({ place, lock, notes, account, stamps }: RecipeWish): boolean {
  const { root, base } = place;
  const hasNote = account.told.some((event) => event.kind === 'note' && isOfThisTime(event, account));
  // Members may appear without a change of the project file.
  const isOne = place.isAlone && !place.project.text.includes('workspace');
  const isUsual = lock === join(root, 'pdm.lock') && isOne && process.platform === 'linux';
  if (!isUsual || hasNote || !notes.isComplete || !stamps.has('sync')) return false;
  const texts = [notes.state, ...stamps.values()];
  if (texts.some((text) => text.includes(ROOT_GAP) || text.includes(BOOT_GAP))) return false;
  return readTextIfAny(controlPaths(base).state) === notes.state;
}

async function factsOf(
  context: CommandContext,
  { place, notes }: RecipeWish,
  cacheDir: string,
): Promise<[string, ...string[]][]> {
  const { base, ident, real, distributions } = place;
  const noted = registrationOf(cacheDir, base);
  const wheels = noted?.wheels ?? distributions.map((item) => item.sha256).sort();
  const isParallel = configFlag(await context.config(), 'install.parallel');
  return [
    ['ident', ident],
    ['real', real],
    ['kernel', release(), version(), machine()],
    ['state', bootId(), sha256(notes.state)],
    ['cache', cacheDir, base, registrationName(base)],
    ['wheels', ...wheels],
    ...(noted?.linked === false ? [] : [['linked'] as [string]]),
    ...(isParallel ? [['parallel'] as [string]] : []),
  ];
}

/** An entry: whether Python could write byte code there, and size and time of its manifest, which are others once it was made anew. */
function entryLine({ directory, keepsByteCode }: NotedEntry): readonly string[] {
  const { size, mtimeNs } = statSync(manifestPath(dirname(directory)), { bigint: true });
  return [keepsByteCode ? 'yes' : 'no', `${size} ${mtimeNs}`, directory];
}

function controlTexts({ place, notes, stamps }: RecipeWish): Map<string, string> {
  const texts = [['state.json', notes.state] as const, ...stamps];
  const gaps = (text: string): string =>
    text.replace(`\nroot ${place.root}\n`, `\nroot ${ROOT_GAP}\n`).replace(bootId(), BOOT_GAP);
  return new Map(texts.map(([name, text]) => [name, gaps(text)]));
}

/** What the command would have said without a terminal. */
function toldBy(
  { told }: Account,
  { verbosity }: CommandContext,
): { readonly errors: string; readonly output: string } {
  const [errors, output] = [new Text(), new Text()];
  const screen = (): { columns: number; rows: number } => ({ columns: 80, rows: 24 });
  const openLive = (): never => {
    throw new Error('there is no terminal');
  };
  const paint = (_: string, text: string): string => text;
  const reporter = createReporter({ output, errors, paint, verbosity, screen, now: () => 0, openLive });
  for (const event of told) reporter.emit(event.kind === 'sync:done' ? { ...event, milliseconds: 0 } : event);
  return { errors: errors.text, output: output.text.replace(`  ${formatElapsed(0)} `, '  @ELAPSED@ ') };
}

class Text implements Output {
  readonly isTerminal = false;
  readonly isClosed = false;
  text = '';

  write(text: string): void {
    this.text += text;
  }
}

function replace(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, bytes, { mode: 0o600 });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The oldest go, and what a killed process left. */
function removeOld(folder: string, latest: string): void {
  const recipes = readdirSync(folder)
    .filter((name) => name.endsWith('.recipe') && name !== `${latest}.recipe`)
    .map((name) => ({ stem: name.slice(0, -'.recipe'.length), time: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  const kept = new Set([latest, ...recipes.slice(0, MOST_KEPT - 1).map(({ stem }) => stem)]);
  for (const name of readdirSync(folder)) {
    if (!kept.has(name.replace(/\..*$/u, ''))) rmSync(join(folder, name), { force: true });
  }
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
