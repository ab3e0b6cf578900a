/** Real folders that change places with the staged ones, and what a kill in the middle leaves. */
import { existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { applyJournal, finishInterrupted } from '../../../src/installer/apply.ts';
import { controlPaths } from '../../../src/installer/environment.ts';
import { exchangeFolders } from '../../../src/installer/exchange.ts';
import { changeFolders, publishJournal, stageJournal, type Journal } from '../../../src/installer/journal.ts';
import { openTrash } from '../../../src/installer/move.ts';
import { testPython } from '../../support/python.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

const ID = 'ab';
const MARK = `.tspm-${ID}`;
const JOURNAL: Journal = {
  id: ID,
  steps: [
    { title: 'update', discard: ['lib/pack-1.dist-info', 'lib/pack', 'lib/gone', 'lib/linked', 'lib/single.py'] },
  ],
  thinned: [],
  decidedBy: [],
};
/** The right to go on, which nobody takes over. */
const HELD = { keep: () => undefined };
const NEW = {
  'linked/x.py': '644 2',
  'pack-2.dist-info/RECORD': '644 2',
  'pack/__init__.py': '644 2',
  'pack/added.py': '644 2',
  'single.py': '644 2',
};

test('the staged folder takes the place of the old one, and all else follows', async () => {
  const { base, folders, lib } = await decided();
  exchangeFolders({ base, journal: JOURNAL, folders, trash: openTrash(folders.trash) }, testPython());
  expect(readTree(lib)).toEqual({
    [`linked/${MARK}`]: '644 ',
    'linked/x.py': '644 2',
    [`pack/${MARK}`]: '644 ',
    'pack/__init__.py': '644 2',
    'pack/added.py': '644 2',
    'gone/x.py': '644 1',
    'single.py': '644 1',
  });
  applyJournal(base, JOURNAL, { interpreter: testPython(), lock: HELD, onStep: () => {} });
  expect(readTree(lib)).toEqual(NEW);
});

test.each(['/no/such/python', '/bin/false', '/bin/true'])(
  'with %s for a Python two renames do it',
  async (interpreter) => {
    const { base, folders, lib } = await decided();
    const staged = statSync(join(folders.fresh(0), 'lib/pack')).ino;
    applyJournal(base, JOURNAL, { interpreter, lock: HELD, onStep: () => {} });
    expect(readTree(lib)).toEqual(NEW);
    expect(statSync(join(lib, 'pack')).ino).toBe(staged);
  },
);

const KILLS: readonly (readonly [string, (place: Place) => void])[] = [
  ['before the exchange', ({ fresh }) => writeFileSync(join(fresh, 'pack', MARK), '')],
  ['after it', exchanged],
  [
    'when the old folder was in the trash',
    (place) => {
      exchanged(place);
      renameSync(join(place.fresh, 'pack'), join(place.folders.trash, 'old'));
    },
  ],
  [
    'when all old files were out of the way',
    (place) => {
      exchanged(place);
      renameSync(join(place.fresh, 'pack'), join(place.folders.trash, 'old'));
      renameSync(join(place.fresh, 'linked'), join(place.folders.trash, 'linked'));
      renameSync(join(place.lib, 'gone'), join(place.folders.trash, 'gone'));
      renameSync(place.folders.fresh(0), place.folders.going(0));
    },
  ],
];

test.each(KILLS)('a kill %s leaves what the next command finishes', async (_, happened) => {
  const place = await decided();
  const control = controlPaths(place.base);
  happened(place);
  await finishInterrupted(place.base, HELD, undefined);
  expect(readTree(place.lib)).toEqual(NEW);
  expect([control.staging, control.trash, control.journal].filter((path) => existsSync(path))).toEqual([]);
});

interface Place {
  readonly base: string;
  readonly lib: string;
  /** The staged lib. */
  readonly fresh: string;
  readonly folders: ReturnType<typeof changeFolders>;
}

/** `pack` 1 is installed, and 2 is staged and decided. */
async function decided(): Promise<Place> {
  const base = scratchFolder();
  const folders = changeFolders(controlPaths(base), ID);
  const [lib, fresh] = [join(base, 'lib'), join(folders.fresh(0), 'lib')];
  fill(lib, '1', ['pack-1.dist-info/RECORD', 'pack/__init__.py', 'gone/x.py', 'single.py']);
  symlinkSync('gone', join(lib, 'linked'));
  fill(fresh, '2', ['pack-2.dist-info/RECORD', 'pack/__init__.py', 'pack/added.py', 'linked/x.py', 'single.py']);
  stageJournal(folders, JOURNAL);
  await publishJournal(controlPaths(base), folders);
  return { base, lib, fresh, folders };
}

function fill(folder: string, content: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

function exchanged({ base, folders }: Place): void {
  exchangeFolders({ base, journal: JOURNAL, folders, trash: openTrash(folders.trash) }, testPython());
}
