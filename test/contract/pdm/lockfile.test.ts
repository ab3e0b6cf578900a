import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { formatLockfile } from '../../../src/lockfile/format.ts';
import type { LockedPackage, Lockfile } from '../../../src/lockfile/model.ts';
import { parseLockfile } from '../../../src/lockfile/read.ts';
import { INTEROP_MISSING, interopProjects } from '../../support/interop.ts';

const entry = (
  name: string,
  version: string,
  [requiresPython, summary, groups, file, sha256, more]: readonly [
    string,
    string,
    string[],
    string,
    string,
    Partial<LockedPackage>?,
  ],
): LockedPackage => ({
  name,
  version,
  requiresPython,
  summary,
  groups,
  dependencies: [],
  files: file === '' ? [] : [{ file, hash: `sha256:${sha256}` }],
  ...more,
});

const werkzeug = (more: Partial<LockedPackage>): LockedPackage =>
  entry('werkzeug', '3.1.9', [
    '>=3.9',
    'The comprehensive WSGI web application library.',
    ['default'],
    'werkzeug-3.1.9-py3-none-any.whl',
    '6392e50c78460ba618e5b21f08a71f59c99ce99cdc6cf6e3dd7e6ccca8754fab',
    more,
  ]);

/** A lock PDM made, entries deliberately out of order. */
const sample: Lockfile = {
  groups: ['test', 'default', 'cfg', 'local'],
  strategy: ['inherit_metadata'],
  lockVersion: '4.5.1',
  contentHash: 'sha256:60a066e871245083e24f532dfbc8dd01bf3fa1f7a41e1dc16a266dfc14ba0eca',
  targets: [{ requiresPython: '>=3.11,<3.13' }],
  packages: [
    werkzeug({ extras: ['watchdog'], dependencies: ['werkzeug==3.1.9', 'watchdog>=2.3'] }),
    werkzeug({ dependencies: ['markupsafe>=2.1.1'] }),
    entry('watchdog', '6.0.0', [
      '>=3.9',
      'Filesystem events monitoring',
      ['default'],
      'watchdog-6.0.0-py3-none-manylinux2014_x86_64.whl',
      '20ffe5b202af80ab4266dcd3e91aae72bf2da48c0d33bdb15c66658e685e94e2',
    ]),
    entry('toml', '0.10.2', [
      '>=2.6, !=3.0.*, !=3.1.*, !=3.2.*',
      "Python Library for Tom's Obvious, Minimal Language",
      ['cfg'],
      'toml-0.10.2-py2.py3-none-any.whl',
      '806143ae5bfb6a3c6e736a764057db0e6a0e05e338b5630894a5f779cabb4f9b',
    ]),
    entry('six', '1.17.0', [
      '>=2.7, !=3.0.*, !=3.1.*, !=3.2.*',
      'Python 2 and 3 compatibility utilities',
      ['local'],
      'six-1.17.0-py2.py3-none-any.whl',
      '4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274',
    ]),
    entry('simkit', '0.3.0', [
      '>=3.9',
      'Local helper',
      ['local'],
      '',
      '',
      { editable: true, path: './libs/simkit', dependencies: ['six'] },
    ]),
    entry('markupsafe', '3.0.3', [
      '>=3.9',
      'Safely add untrusted strings to HTML/XML markup.',
      ['default'],
      'markupsafe-3.0.3-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl',
      '0bf2a864d67e76e5c9a34dc26ec616a66b9888e25e7b9460e1c76d3293bd9dbf',
    ]),
    entry('iniconfig', '2.3.0', [
      '>=3.10',
      'brain-dead simple config-ini parsing',
      ['test'],
      'iniconfig-2.3.0-py3-none-any.whl',
      'f631c04d2c48c52b84d0d0549c99ff3859c98df65b3101406327ecc7d53fbf12',
    ]),
    entry('colorama', '0.4.6', [
      '!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*,!=3.5.*,!=3.6.*,>=2.7',
      'Cross-platform colored terminal text.',
      ['test', 'default'],
      'colorama-0.4.6-py2.py3-none-any.whl',
      '4f1d9991f5acc0ca119f9d443620b77f9d6b33703e51011c16baf57afb285fc6',
    ]),
  ],
};

describe("PDM's lock layout", () => {
  it('gives the bytes PDM wrote for the same lock', () => {
    const text = formatLockfile(sample);
    expect(Buffer.byteLength(text)).toBe(3180);
    expect(createHash('sha256').update(text).digest('hex')).toBe(
      '7ece9db8877c6a0c465fc385d07d9f50a8968775509f67906ed02990dd7b0aa6',
    );
  });

  it('is stable: reading and writing again changes no byte', () => {
    const text = formatLockfile(sample);
    expect(formatLockfile(parseLockfile(text, 'pdm.lock'))).toBe(text);
  });

  const projects = interopProjects();
  it.skipIf(projects.length === 0)(`reads every real lock (skipped: ${INTEROP_MISSING})`, () => {
    const counts = projects.map((project) => parseLockfile(project.lock, `${project.name}/pdm.lock`).packages.length);
    expect(counts).toEqual(projects.map((project) => project.lock.match(/^\[\[package\]\]$/gm)?.length));
  });

  const current = projects.filter((project) => /^lock_version = "4\.5/m.test(project.lock));
  it.skipIf(current.length === 0).each(current.map((project) => [project.name, project.lock] as const))(
    'prints the real lock of %s as it was',
    (name, text) => {
      expect(formatLockfile(parseLockfile(text, name))).toBe(text);
    },
  );
});
