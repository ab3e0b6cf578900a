import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { controlPaths } from '../../../src/installer/environment.ts';
import { bootId } from '../../../src/util/machine.ts';
import { pathInBase, readRecordedFiles, rowPath } from '../../../src/installer/recorded-files.ts';
import { formatState, readState, NO_STATE, type DistributionState } from '../../../src/installer/state.ts';
import { stampRecord, stateHolds } from '../../../src/installer/stamp.ts';
import { readWorkingSet } from '../../../src/installer/working-set.ts';
import { scratchFolder } from '../../support/tree.ts';

describe('rows of RECORD', () => {
  test.each([
    ['pkg/x.py', 'lib/pkg/x.py'],
    ['../bin/cmd', 'bin/cmd'],
    ['../share/x', 'share/x'],
    ['/base/bin/cmd', 'bin/cmd'],
    ['/pkg/x.py', 'lib/pkg/x.py'],
    ['./pkg/../x.py', 'lib/x.py'],
    ['../../x', undefined],
    ['../../../etc/passwd', undefined],
    ['..', undefined],
    ['../lib', undefined],
    ['../.tspm/state.json', undefined],
    ['pkg/', undefined],
  ])('%s is %s', (row, path) => {
    expect(pathInBase('/base', row)).toBe(path);
  });

  test.each(['lib/pkg/x.py', 'bin/cmd', 'include/a/x.h', 'share/x'])(
    '%s is written so that it is read again',
    (path) => {
      expect(pathInBase('/base', rowPath(path))).toBe(path);
    },
  );

  test('each file once, empty digests as none; a RECORD that is no CSV as none at all', () => {
    const base = install('a', {
      RECORD: 'x.py,sha256=,\nx.py,sha256=abc,1\ny.py,sha256=def,2\na-1.dist-info/RECORD,,\n',
    });
    expect(readRecordedFiles(base, 'a-1.dist-info')).toEqual([
      { path: 'lib/x.py', digest: undefined, size: undefined },
      { path: 'lib/y.py', digest: 'def', size: 2 },
      { path: 'lib/a-1.dist-info/RECORD', digest: undefined, size: undefined },
    ]);
    expect(readRecordedFiles(install('a', { RECORD: 'x.py,"' }), 'a-1.dist-info')).toBeUndefined();
    expect(readRecordedFiles(install('a', {}), 'a-1.dist-info')).toBeUndefined();
  });
});

describe('foreign distributions', () => {
  test('are read from METADATA', () => {
    const files = { METADATA: 'Metadata-Version: 2.1\nName: My.Dist\nVersion: 1.0\n', RECORD: 'x,,\n', REQUESTED: '' };
    expect(readWorkingSet(install('a', files)).distributions).toMatchObject([
      {
        key: 'my-dist',
        name: 'My.Dist',
        version: '1.0',
        distInfo: 'a-1.dist-info',
        form: 'wheel',
        intact: true,
        requested: true,
      },
    ]);
  });

  test.each([
    [{ RECORD: 'x,,\n' }],
    [{ METADATA: 'Name: a\nVersion: 1\n' }],
    [{ METADATA: 'Name: a\nVersion: 1\n', RECORD: '' }],
  ])('with %o are damaged', (files) => {
    expect(readWorkingSet(install('a', files)).distributions).toMatchObject([
      { key: 'a', version: '1', intact: false },
    ]);
  });

  test('egg-info and egg-link are seen but not owned', () => {
    const base = install('a', { RECORD: 'x,,\n', METADATA: 'Name: a\nVersion: 1\n' });
    mkdirSync(join(base, 'lib/legacy-2.0-py3.11.egg-info'));
    writeFileSync(join(base, 'lib/legacy-2.0-py3.11.egg-info/PKG-INFO'), 'Name: legacy\nVersion: 2.0\n');
    writeFileSync(join(base, 'lib/dev.egg-link'), '/src\n.');
    expect(readWorkingSet(base).distributions).toMatchObject([
      { key: 'a', form: 'wheel' },
      { key: 'dev', form: 'egg' },
      { key: 'legacy', version: '2.0', form: 'egg' },
    ]);
  });
});

describe('the state', () => {
  test('is written and read back', () => {
    const base = install('a', { METADATA: 'm', RECORD: 'r' });
    const state = {
      ...NO_STATE,
      inputs: 'digest',
      interpreter: '/py',
      boot: 'b',
      settled: false,
      distributions: remember(base),
    };
    writeState(base, state);
    expect(readState(controlPaths(base))).toEqual(state);
  });

  test.each(['', '{}', '{"format":2,"distributions":[]}', '{"format":1,"distributions":[{}]}', '[1]'])(
    '%j is no state',
    (text) => {
      const base = scratchFolder();
      mkdirSync(controlPaths(base).directory);
      writeFileSync(controlPaths(base).state, text);
      expect(readState(controlPaths(base))).toEqual(NO_STATE);
    },
  );

  test('is believed while RECORD is the same, and METADATA is not read then', () => {
    const base = install('a', { METADATA: 'Name: other\nVersion: 9\n', RECORD: 'r' });
    writeState(base, { ...NO_STATE, distributions: remember(base) });
    expect(readWorkingSet(base)).toMatchObject({
      staleState: false,
      distributions: [{ key: 'a', version: '1', intact: true }],
    });
    expect(stateHolds(base, readState(controlPaths(base)))).toBe(true);
    writeFileSync(join(base, 'lib/a-1.dist-info/RECORD'), 'x');
    expect(readWorkingSet(base)).toMatchObject({
      staleState: true,
      distributions: [{ key: 'other', state: undefined }],
    });
    expect(stateHolds(base, readState(controlPaths(base)))).toBe(false);
  });

  test('does not hide that METADATA leads nowhere, or that something was added', () => {
    const base = install('a', { RECORD: 'r' });
    symlinkSync('/nowhere', join(base, 'lib/a-1.dist-info/METADATA'));
    writeState(base, { ...NO_STATE, distributions: remember(base) });
    expect(readWorkingSet(base).distributions).toMatchObject([{ key: 'a', intact: false }]);
    expect(stateHolds(base, readState(controlPaths(base)))).toBe(false);
    const other = install('a', { RECORD: 'r', METADATA: 'm' });
    writeState(other, { ...NO_STATE, distributions: remember(other) });
    mkdirSync(join(other, 'lib/b-1.dist-info'));
    expect(stateHolds(other, readState(controlPaths(other)))).toBe(false);
  });

  test('tells what is missing in lib and bin, unless an earlier version wrote it', () => {
    const base = install('a', { RECORD: 'r', METADATA: 'm' });
    const remembered = (names: readonly string[] | undefined): void =>
      writeState(base, {
        ...NO_STATE,
        distributions: new Map([...remember(base)].map(([key, state]) => [key, { ...state, names }])),
      });
    const isWhole = (): unknown[] => [
      readWorkingSet(base).distributions[0]?.intact,
      stateHolds(base, readState(controlPaths(base))),
    ];
    for (const name of ['lib/a.py', 'bin/a']) {
      remembered([name]);
      expect(isWhole()).toEqual([false, false]);
      mkdirSync(join(base, name), { recursive: true });
      expect(isWhole()).toEqual([true, true]);
    }
    remembered(undefined);
    expect(isWhole()).toEqual([true, true]);
    remembered(['lib/linked']);
    for (const [target, whole] of [
      ['a.py', true],
      ['nowhere', false],
      ['linked', false],
    ] as const) {
      rmSync(join(base, 'lib/linked'), { force: true });
      symlinkSync(target, join(base, 'lib/linked'));
      expect(isWhole()).toEqual([whole, whole]);
    }
  });

  test.skipIf(bootId() === '')(
    'files that lost their content with the power are found in the next start of the machine, once',
    () => {
      const base = install('a', { METADATA: 'Name: a\nVersion: 1\n', RECORD: 'x.py,sha256=abc,5\n' });
      writeFileSync(join(base, 'lib/x.py'), 'x = 1');
      writeState(base, { ...NO_STATE, boot: 'an earlier start', settled: false, distributions: remember(base) });
      expect(stateHolds(base, readState(controlPaths(base)))).toBe(false);
      expect(readWorkingSet(base)).toMatchObject({ staleState: true, distributions: [{ intact: true }] });
      truncateSync(join(base, 'lib/x.py'), 0);
      expect(readWorkingSet(base)).toMatchObject({ staleState: true, distributions: [{ intact: false }] });
      writeState(base, { ...NO_STATE, boot: 'an earlier start', settled: true, distributions: remember(base) });
      expect(readWorkingSet(base)).toMatchObject({ staleState: false, distributions: [{ intact: true }] });
    },
  );
});

function install(stem: string, files: Readonly<Record<string, string>>): string {
  const base = scratchFolder();
  const folder = join(base, `lib/${stem}-1.dist-info`);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return base;
}

function remember(base: string): Map<string, DistributionState> {
  const record = stampRecord(join(base, 'lib/a-1.dist-info/RECORD'), 'r');
  const about = {
    key: 'a',
    name: 'a',
    version: '1',
    distInfo: 'a-1.dist-info',
    sha256: 'aa',
    onPath: undefined,
    executable: undefined,
    names: undefined,
  } as const;
  return new Map([['a', { ...about, method: 'copy', requested: false, directUrl: undefined, record }]]);
}

function writeState(base: string, state: typeof NO_STATE): void {
  mkdirSync(controlPaths(base).directory, { recursive: true });
  writeFileSync(controlPaths(base).state, formatState(state));
}
