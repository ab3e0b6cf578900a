/** The same lock, byte for byte, whatever the network, the caches and the machine's settings do. */
import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { randomNumbers, versions, type HardRegistry } from '../support/hard-cases.ts';
import { serveIndex } from '../support/index-server.ts';
import { publishListed } from '../support/listed.ts';
import { type Project, Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

/** Conflicts, extras, markers and names that some languages sort and fold differently. */
const REGISTRY: HardRegistry = {
  Web: versions(20, (i) => [
    `starlette>=0.${i},<0.${i + 1}`,
    'INI-files',
    'I18N; extra == "titles"',
    'win-only; sys_platform == "win32"',
  ]),
  starlette: versions(30, () => ['anyio>=1.2'], '0.'),
  anyio: versions(6, () => ['idna', 'Zope.Interface']),
  idna: versions(4, () => []),
  'INI-files': versions(3, () => ['Zope.Interface<1.3']),
  I18N: versions(3, () => ['idna<1.3']),
  'Zope.Interface': versions(5, () => []),
  'win-only': versions(2, () => []),
  aws: versions(120, (i) => [`aws-core==1.${i}`]),
  'aws-core': versions(120, (i) => [i > 20 ? 'http-lib<1.5' : 'http-lib<1.3']),
  'http-lib': versions(9, () => ['idna>=1.1']),
  wall: { ...versions(40, () => ({ python: '>=3.13', requires: ['never'] })), '0.9': ['idna'] },
};
const PROJECT = projectText({
  dependencies: ['http-lib', 'Web[titles]', 'aws', 'starlette<0.12', 'wall'],
  sources: [{ name: 'pypi', url: '${INDEX_URL}' }],
  more: '[dependency-groups]\ntest = ["anyio<1.5", "ini.files"]\ndoc = ["zope-interface", "i18n"]\n',
});
const TURKISH = { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Pacific/Kiritimati' };
const NEUTRAL = { LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'America/St_Johns' };
const sandbox = new Sandbox();

test('one answer after the other, all at once, or in any order and late: the same lock and the same figures', async () => {
  const reference = await locked('calm', () => undefined, NEUTRAL);
  expect(reference.cold.figures).toMatch(
    /resolved 13 packages: \d+ decisions, \d+ conflicts, \d+ listings, \d+ metadata, \d+ waves/,
  );
  expect(reference.cold.lock).toContain('name = "web"\nversion = "1.11"\nextras = ["titles"]');
  for (const [index, before] of [oneByOne(), shuffled(1), shuffled(2), shuffled(3), shuffled(4)].entries()) {
    const run = await locked(`run${index}`, before, index % 2 === 0 ? TURKISH : NEUTRAL);
    expect(run.cold).toEqual(reference.cold);
    expect(run.warm).toEqual(reference.cold);
    expect(run.again).toBe(reference.cold.lock);
    expect(run.reused).toBe(reference.cold.lock);
  }
});

interface Outcome {
  readonly lock: string;
  /** What `-v` tells about the work. */
  readonly figures: string | undefined;
}

/** Locks with an empty cache, with a full one, and over the lock there is. */
async function locked(name: string, before: (path: string) => unknown, env: Readonly<Record<string, string>>) {
  const server = await serveIndex({ before });
  publishListed(server, REGISTRY);
  const project = sandbox.project(name, PROJECT);
  const settings = { ...env, INDEX_URL: server.simple, PDM_CACHE_DIR: `${project.folder} cache` };
  const cold = await lockAnew(project, settings);
  const warm = await lockAnew(project, settings);
  await project.ok(['lock'], { env: settings });
  const again = project.read('pdm.lock');
  await project.ok(['lock', '--update-reuse', '--no-cache'], { env: settings });
  return { cold, warm, again, reused: project.read('pdm.lock') };
}

async function lockAnew(project: Project, env: Readonly<Record<string, string>>): Promise<Outcome> {
  rmSync(project.path('pdm.lock'), { force: true });
  const { stderr } = await project.ok(['lock', '-v'], { env });
  return { lock: project.read('pdm.lock'), figures: /resolved .*/.exec(stderr)?.[0] };
}

/** Lets one request through at a time, in the order they came. */
function oneByOne(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(() => new Promise((done) => setImmediate(done))));
}

/** Holds requests back and lets them through in an order, and after pauses, that follow from the seed. */
function shuffled(seed: number): () => Promise<void> {
  const random = randomNumbers(seed);
  const held: (() => void)[] = [];
  const letOneThrough = (): void => held.splice(Math.floor(random() * held.length), 1)[0]?.();
  return () =>
    new Promise((done) => {
      held.push(done);
      setTimeout(letOneThrough, random() * 30);
    });
}
