/** What has to be true after a kill or a power cut, and when the next command has run. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecord } from '../../src/packaging/record.ts';
import { pythonIdent } from './catalogue.ts';
import type { Scene } from './fault-scenes.ts';
import type { KillScene } from './kill-scenes.ts';
import { type Project, runCommand, type RunResult, type Start } from './tspm.ts';
import { dropPackages } from './workspace.ts';

/** Work in progress is swept after a day; a page of the cache and compiled code by whoever writes it next; what was to become a lock by the next change. */
const REPLACED_LATER =
  /\/staging-v1\/|\/tspm-compiled-v1\/[^/]+\.tmp$|-v1\/(?:\w\w\/)?[0-9a-f]{62,64}\.\w+\.tmp$|\/\.tspm\/(?:lock\.[0-9a-f]+|(?:run|sync)\.\d+\.tmp)$/u;

/** Looks at the project of a scene whose command did not come to its end. */
export interface Judge {
  /** How long the command takes undisturbed. */
  readonly milliseconds: number;
  /** What is wrong before anything else has run: distributions that can be seen and are not complete. */
  atOnce(): string[];
  /** What is wrong with the project's files now, and with everything after the next command. */
  afterwards(): Promise<string[]>;
}

/** Project file and lock, and the packages that may go with them. */
interface Side {
  readonly pyproject: string;
  readonly lock: string | undefined;
  readonly trees: readonly Readonly<Record<string, string>>[];
}

/** Runs the command undisturbed, and installs what it begins and ends with afresh; the scene is not restored. */
export async function openJudge(scene: Scene, spec: KillScene): Promise<Judge> {
  const { project } = scene;
  const before = { ...filesOf(project), tree: packagesSeen(project) };
  const started = performance.now();
  await ran(scene.start);
  const milliseconds = performance.now() - started;
  const names = readdirSync(project.folder);
  if (spec.next.join() !== spec.args.join()) await project.ok(spec.next);
  const after = { ...filesOf(project), tree: packagesSeen(project) };
  const sides: Side[] = [];
  for (const { tree, ...files } of [before, after])
    sides.push({ ...files, trees: [tree, await freshTree(scene, files)] });
  return {
    milliseconds,
    // A cache that is cleared takes away what projects link to.
    atOnce: () => (spec.args[0] === 'cache' ? [] : visibleFaults(project)),
    afterwards: () => problemsAfterwards(scene, spec, { sides, names }),
  };
}

function run({ command: [program = '', ...words], cwd, env }: Start): Promise<RunResult> {
  return runCommand(program, words, { cwd, env });
}

async function ran(start: Start): Promise<void> {
  const { status, stderr } = await run(start);
  if (status !== 0) throw new Error(`${start.command.join(' ')} ended with ${status}: ${stderr}`);
}

async function freshTree(scene: Scene, { pyproject, lock }: Omit<Side, 'trees'>): Promise<Record<string, string>> {
  const { project } = scene;
  if (lock === undefined) return {};
  scene.restore();
  project.write('pyproject.toml', pyproject);
  project.write('pdm.lock', lock);
  dropPackages(project);
  await project.ok(['sync']);
  return packagesSeen(project);
}

async function problemsAfterwards(
  scene: Scene,
  spec: KillScene,
  { sides, names }: { readonly sides: readonly Side[]; readonly names: readonly string[] },
): Promise<string[]> {
  const { project } = scene;
  const found: string[] = [];
  const cut = filesOf(project);
  if (sides.every(({ pyproject }) => pyproject !== cut.pyproject)) found.push('pyproject.toml is neither old nor new');
  if (sides.every(({ lock }) => lock !== cut.lock)) found.push('the lock is neither old nor new');
  const next = spec.nextByFront === true ? await run(scene.startOf(spec.next)) : await project.tspm(spec.next);
  if (next.status !== 0) return [...found, `the next command ends with ${next.status}: ${next.stderr}`];
  const now = filesOf(project);
  const side = sides.find(({ pyproject, lock }) => pyproject === now.pyproject && lock === now.lock);
  if (side === undefined) found.push('pyproject.toml and the lock are of different times');
  const tree = packagesSeen(project);
  const [fewest = []] = (side?.trees ?? [])
    .map((wanted) => differences(tree, wanted))
    .sort((a, b) => a.length - b.length);
  found.push(...fewest);
  found.push(...scene.leftovers().flatMap((path) => (REPLACED_LATER.test(path) ? [] : [`left: ${path}`])));
  found.push(
    ...readdirSync(project.folder).flatMap((name) => (names.includes(name) ? [] : [`new in the project: ${name}`])),
  );
  for (const { status, stdout, stderr } of await Promise.all([
    project.tspm(['verify']),
    project.tspm(['cache', 'verify']),
  ])) {
    if (status !== 0) found.push(`verify ends with ${status}: ${stdout}${stderr}`);
  }
  return found;
}

function filesOf(project: Project): Omit<Side, 'trees'> {
  return {
    pyproject: project.read('pyproject.toml'),
    lock: project.exists('pdm.lock') ? project.read('pdm.lock') : undefined,
  };
}

/** Packages as programs see them: contents by path, links followed; byte code and tspm's own files aside. */
function packagesSeen(project: Project): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (folder: string, prefix: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const [path, shown] = [join(folder, name), `${prefix}${name}`];
      if (name === '__pycache__' || name === '.tspm') continue;
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) tree[shown] = 'a link that leads nowhere';
      else if (found.isDirectory()) visit(path, `${shown}/`);
      else tree[shown] = `${(found.mode & 0o100) === 0 ? '' : 'x '}${readFileSync(path, 'latin1')}`;
    }
  };
  if (project.exists('__pypackages__')) visit(project.path('__pypackages__'), '');
  return tree;
}

/**
 * What a distribution that can be seen lacks. Not counted: its `.pth` files, which come last of all; a neighbour's folder that is turned from a link
 * into a real one, absent between two renames; and RECORD itself, which may be the older one while REQUESTED is replaced.
 */
function visibleFaults(project: Project): string[] {
  const lib = project.path('__pypackages__', pythonIdent(), 'lib');
  if (!existsSync(lib)) return [];
  const infos = readdirSync(lib).filter((name) => name.endsWith('.dist-info'));
  return infos.flatMap((info) =>
    parseRecord(readFileSync(join(lib, info, 'RECORD'), 'utf8')).flatMap(({ path, hash }) => {
      if (
        hash === undefined ||
        path.endsWith('.pth') ||
        path.startsWith('both/') ||
        path.startsWith('ns/') ||
        path.endsWith('/REQUESTED')
      )
        return [];
      const file = join(lib, path);
      if (statSync(file, { throwIfNoEntry: false }) === undefined) return [`${info}: ${path} is missing`];
      const digest = createHash('sha256').update(readFileSync(file)).digest('base64url');
      return digest === hash.digest ? [] : [`${info}: ${path} is another`];
    }),
  );
}

function differences(tree: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): string[] {
  const paths = [...new Set([...Object.keys(tree), ...Object.keys(wanted)])].filter(
    (path) => tree[path] !== wanted[path],
  );
  return paths.map((path) => `${path}: ${tree[path]?.slice(0, 60)} in place of ${wanted[path]?.slice(0, 60)}`);
}
