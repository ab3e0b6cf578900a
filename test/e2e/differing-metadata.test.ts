/** Wheels of one version that state different requirements: one of them speaks for the version, the same on every machine. */
import { expect, test } from 'vitest';
import { publish, type Published } from '../support/catalogue.ts';
import { type IndexServerOptions, serveIndex } from '../support/index-server.ts';
import { Sandbox } from '../support/tspm.ts';
import { projectText } from '../support/workspace.ts';

const LINUX = wheel('cp311-cp311-manylinux_2_17_x86_64', ['for-linux']);
const ARM = wheel('cp311-cp311-manylinux_2_17_aarch64', ['for-arm']);
const MAC = wheel('cp311-cp311-macosx_11_0_arm64', ['for-mac']);
const WINDOWS = wheel('cp311-cp311-win_amd64', []);
const PURE = wheel('py3-none-any', ['for-all']);
const OTHERS: readonly Published[] = ['for-linux', 'for-arm', 'for-mac', 'for-all'].map((name) => ({
  name,
  version: '1.0',
}));
const sandbox = new Sandbox();
let count = 0;

test.each([
  { speaks: LINUX, wheels: [WINDOWS, MAC, ARM, LINUX] },
  { speaks: ARM, wheels: [WINDOWS, MAC, ARM] },
  { speaks: MAC, wheels: [WINDOWS, MAC] },
  { speaks: PURE, wheels: [WINDOWS, MAC, ARM, LINUX, PURE] },
])('of $wheels.length wheels only $speaks.tag is read, in whatever order and format they are listed', async (given) => {
  const locks = [
    await lockWith(given.wheels, { format: 'json' }),
    await lockWith(given.wheels.toReversed(), { format: 'json' }),
    await lockWith(given.wheels, { format: 'html', ranges: false }),
  ];
  for (const { lock, read } of locks) {
    expect(read).toEqual([`/files/mixed-1.0-${given.speaks.tag}.whl`]);
    expect(lock).toBe(locks[0]?.lock);
  }
  const [required] = given.speaks.requires ?? [];
  expect(locks[0]?.lock).toContain(`dependencies = [\n    "${required}",\n]`);
  for (const { tag } of given.wheels) expect(locks[0]?.lock).toContain(`mixed-1.0-${tag}.whl`);
});

function wheel(tag: string, requires: readonly string[]): Published & { readonly tag: string } {
  return { name: 'mixed', version: '1.0', tag, requires, purelib: false };
}

async function lockWith(wheels: readonly Published[], options: IndexServerOptions) {
  const server = await serveIndex(options);
  publish(server, [...wheels, ...OTHERS]);
  const text = projectText({
    dependencies: ['mixed'],
    requiresPython: '==3.11.*',
    sources: [{ name: 'pypi', url: '${INDEX_URL}' }],
  });
  const project = sandbox.project(`project${(count += 1)}`, text);
  await project.ok(['lock', '--no-cache'], { env: { INDEX_URL: server.simple } });
  const read = new Set(server.paths().filter((path) => path.startsWith('/files/mixed-')));
  return { lock: project.read('pdm.lock'), read: [...read] };
}
