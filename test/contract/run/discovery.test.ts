/** Which Python a project gets, with folders of links to the real Pythons of this machine. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePythonRange } from '../../../src/packaging/python-range.ts';
import { selectInterpreter, type SelectRequest, type Selection } from '../../../src/python/discovery.ts';
import { probeInterpreter, type Interpreter } from '../../../src/python/interpreter.ts';
import { readSavedPython, writePythonVersionFile, writeSavedPython } from '../../../src/python/saved.ts';
import { findInterpreters } from '../../../src/python/search.ts';
import { machinePythons, workFolder, writeFiles } from './cli-bundle.ts';

const folder = workFolder();
const pythons = (await machinePythons(folder)).filter(({ freeThreaded }) => !freeThreaded);
const [newest, older] = pythons;
if (newest === undefined) throw new Error('these tests need a Python');

describe('probeInterpreter', () => {
  it('learns the facts of a Python', async () => {
    const { version, ident, markers, tagTarget, glibc, musl } = await probeInterpreter(newest.executable, {
      cacheDir: undefined,
    });
    expect(ident).toMatch(/^3\.\d+$/);
    expect(markers).toMatchObject({ sys_platform: process.platform, python_version: version.slice(0, 2).join('.') });
    expect(Object.keys(markers)).toHaveLength(11);
    expect(tagTarget.abis[0]).toBe(`cp${version[0]}${version[1]}`);
    expect([glibc, musl].filter(Boolean)).toHaveLength(process.platform === 'linux' ? 1 : 0);
  });

  it('asks once: then the file alone is looked at, until it changes', async () => {
    const place = mkdtempSync(join(folder, 'copy-'));
    const copy = join(place, 'bin/python3');
    mkdirSync(dirname(copy));
    copyFileSync(newest.executable, copy);
    const cacheDir = join(place, 'cache');
    const first = await probeInterpreter(copy, { cacheDir });
    // Without the right to execute, a second process could not be started.
    chmodSync(copy, 0o644);
    expect(await probeInterpreter(copy, { cacheDir })).toEqual(first);
    utimesSync(copy, 1, 1);
    await expect(probeInterpreter(copy, { cacheDir })).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_PYTHON_BROKEN' }),
    );
  });

  it('asks again when the virtual environment around it is made anew', async () => {
    const place = mkdtempSync(join(folder, 'venv-'));
    const link = join(place, 'bin/python');
    mkdirSync(dirname(link));
    symlinkSync(newest.executable, link);
    const cacheDir = join(place, 'cache');
    const outside = await probeInterpreter(link, { cacheDir });
    writeFiles(place, { 'pyvenv.cfg': `home = ${dirname(newest.executable)}\n` });
    const inside = await probeInterpreter(link, { cacheDir });
    expect([outside.prefix === place, inside.prefix]).toEqual([false, place]);
  });

  it('never keeps what a wrapper script led to under its own name', async () => {
    const place = mkdtempSync(join(folder, 'shim-'));
    const shim = join(place, 'python3');
    writeScript(shim, `exec '${newest.executable}' "$@"`);
    const cacheDir = join(place, 'cache');
    expect((await probeInterpreter(shim, { cacheDir })).executable).toBe(newest.executable);
    writeScript(shim, 'exit 3');
    await expect(probeInterpreter(shim, { cacheDir })).rejects.toThrow(
      /does not work as a Python interpreter: exit status 3/,
    );
    expect(await probeInterpreter(newest.executable, { cacheDir })).toMatchObject({ ident: newest.ident });
  });

  it('is not stopped by a cache that cannot be read or written', async () => {
    const cacheDir = join(mkdtempSync(join(folder, 'bad-')), 'cache');
    await probeInterpreter(newest.executable, { cacheDir });
    const entries = join(cacheDir, 'interpreters-v1');
    for (const name of readdirSync(entries)) writeFileSync(join(entries, name), '{"torn": ');
    expect((await probeInterpreter(newest.executable, { cacheDir })).ident).toBe(newest.ident);
    expect((await probeInterpreter(newest.executable, { cacheDir: '/dev/null/cache' })).ident).toBe(newest.ident);
  });

  it.each([
    ['is not there', undefined],
    ['prints something else', 'echo hello'],
    ['fails', 'echo no module named encodings >&2; exit 1'],
  ])('refuses a program that %s', async (_, text) => {
    const program = join(mkdtempSync(join(folder, 'program-')), 'python3');
    if (text !== undefined) writeScript(program, text);
    await expect(probeInterpreter(program, { cacheDir: undefined })).rejects.toThrow(
      expect.objectContaining({ code: 'TSPM_PYTHON_BROKEN', message: expect.stringContaining(program) }),
    );
  });

  it('reads the answer between lines that start-up files print', async () => {
    const program = join(mkdtempSync(join(folder, 'noisy-')), 'python3');
    writeScript(program, `echo before; '${newest.executable}' "$@"; echo after`);
    expect((await probeInterpreter(program, { cacheDir: undefined })).ident).toBe(newest.ident);
  });
});

describe('findInterpreters', () => {
  it.skipIf(older === undefined)('finds by version, newest first, and by name, path and folder', async () => {
    const bin = linkFolder({ python3: required(older), [`python${newest.ident}`]: newest });
    const search = { env: { PATH: bin }, cacheDir: join(folder, 'cache'), cwd: bin, usePyenv: false };
    const found = async (spec: string) => (await findInterpreters(spec, search)).map(({ ident }) => ident);
    expect((await found(newest.ident))[0]).toBe(newest.ident);
    expect(await found(`python${newest.ident}`)).toEqual([newest.ident]);
    expect(await found('python3')).toEqual([required(older).ident]);
    expect(await found('./python3')).toEqual([required(older).ident]);
    expect(await found(dirname(bin))).toEqual([required(older).ident]);
    expect(await found('3.99')).toEqual([]);
    expect(await found('nothing-like-it')).toEqual([]);
  });

  it('lists one Python once, whatever it is called', async () => {
    const bin = linkFolder({ python: newest, python3: newest, [`python${newest.ident}`]: newest });
    const found = await findInterpreters(undefined, {
      env: { PATH: bin },
      cacheDir: join(folder, 'cache'),
      cwd: bin,
      usePyenv: false,
    });
    expect(
      found.filter(({ executable }) => executable === newest.executable || executable.startsWith(bin)),
    ).toHaveLength(1);
  });

  it('looks into the folders of version managers', async () => {
    const home = mkdtempSync(join(folder, 'home-'));
    const places = ['.pyenv/versions/9.9.9', '.asdf/installs/python/x', '.local/share/uv/python/y'];
    for (const [index, place] of places.entries()) {
      // Scripts are told apart by what they start: each is a virtual environment of its own.
      const env = join(home, place);
      mkdirSync(join(env, 'bin'), { recursive: true });
      symlinkSync(newest.executable, join(env, 'bin/python3'));
      writeFiles(env, { 'pyvenv.cfg': `home = ${dirname(newest.executable)}\nindex = ${index}\n` });
    }
    const search = { env: { PATH: '/nonexistent', HOME: home }, cacheDir: undefined, cwd: home, usePyenv: true };
    const prefixes = (await findInterpreters(undefined, search)).map(({ prefix }) => prefix);
    expect(prefixes).toEqual(expect.arrayContaining(places.map((place) => join(home, place))));
  });
});

describe('selectInterpreter', () => {
  it('takes python before python3, and saves the choice', async () => {
    const { select, root } = project({ python3: required(older ?? newest), python: newest });
    expect(await select({})).toMatchObject({ origin: 'search', interpreter: { ident: newest.ident } });
    expect((await select({})).origin).toBe('saved');
    expect(readSavedPython(root)).toMatch(/^\/.*python/);
  });

  it('does not start anything for a saved Python that was probed before', async () => {
    const { select, root } = project({});
    writeSavedPython(root, newest.executable);
    await select({});
    // PATH and everything else a search would look at is gone.
    expect(await select({ env: { PATH: '' } })).toMatchObject({
      origin: 'saved',
      interpreter: { executable: newest.executable },
    });
  });

  it('prefers PDM_PYTHON and never saves it', async () => {
    const { select, root } = project({ python: required(older ?? newest) });
    expect(await select({ env: { PDM_PYTHON: newest.executable } })).toMatchObject({
      origin: 'variable',
      interpreter: { ident: newest.ident },
    });
    expect(existsSync(join(root, '.pdm-python'))).toBe(false);
  });

  it('drops a saved Python that is gone, with a note, and finds another', async () => {
    const { select, root, notes } = project({ python: newest });
    writeSavedPython(root, '/nonexistent/python3');
    expect((await select({})).origin).toBe('search');
    expect(notes).toEqual(['the saved Python /nonexistent/python3 does not exist or is broken, looking for another']);
    expect(readSavedPython(root)).not.toBe('/nonexistent/python3');
  });

  it.skipIf(older === undefined)('passes over what requires-python does not allow', async () => {
    const { select, root, notes } = project({ python: required(older), python3: newest });
    writeSavedPython(root, required(older).executable);
    const range = `==${newest.ident}.*`;
    expect(await select({ requiresPython: parsePythonRange(range), requiresPythonText: range })).toMatchObject({
      origin: 'search',
      interpreter: { ident: newest.ident },
    });
    expect(notes[0]).toContain(`doesn't match the project's requirement ${range}`);
  });

  it.skipIf(older === undefined)('follows .python-version and PDM_PYTHON_VERSION', async () => {
    const { select, root } = project({ python: newest, [`python${required(older).ident}`]: required(older) });
    writePythonVersionFile(root, required(older).version);
    expect(readFileSync(join(root, '.python-version'), 'utf8')).toBe(`${required(older).ident}\n`);
    const ident = async (changes: Partial<SelectRequest>) =>
      (await select({ ignoreSaved: true, ...changes })).interpreter.ident;
    expect(await ident({})).toBe(required(older).ident);
    expect(await ident({ usePythonVersion: false })).toBe(newest.ident);
    expect(await ident({ requiresPython: parsePythonRange(`==${newest.ident}.*`) })).toBe(newest.ident);
    writeFileSync(join(root, '.python-version'), '# none\n\nsystem\n');
    expect(await ident({})).toBe(newest.ident);
  });

  it('lists what there is when nothing fits', async () => {
    const { select } = project({ python: newest });
    const wanted = { requiresPython: parsePythonRange('>=3.99'), requiresPythonText: '>=3.99' };
    await expect(select(wanted)).rejects.toThrow(
      expect.objectContaining({
        code: 'TSPM_PYTHON_NOT_FOUND',
        message: expect.stringMatching(
          new RegExp(`^no Python that satisfies >=3\\.99 is found; there is .*${newest.versionText}`),
        ),
      }),
    );
  });

  it('leaves no trace where it may not save, and none through a link', async () => {
    const { select, root } = project({ python: newest });
    await select({ save: false });
    expect(existsSync(join(root, '.pdm-python'))).toBe(false);
    symlinkSync('/nonexistent/target', join(root, '.pdm-python'));
    expect((await select({})).origin).toBe('search');
    expect(() => writeSavedPython(root, 'x')).toThrow(expect.objectContaining({ code: 'TSPM_IO' }));
  });
});

interface Project {
  readonly root: string;
  readonly notes: readonly string[];
  readonly select: (changes: Partial<SelectRequest>) => Promise<Selection>;
}

/** An empty project on a machine whose PATH has these Pythons. */
function project(links: Readonly<Record<string, Interpreter>>): Project {
  const root = mkdtempSync(join(folder, 'project-'));
  const notes: string[] = [];
  const path = linkFolder(links);
  const select = (changes: Partial<SelectRequest>): Promise<Selection> =>
    selectInterpreter({
      root,
      cwd: root,
      cacheDir: join(folder, 'cache'),
      requiresPython: parsePythonRange(''),
      requiresPythonText: '',
      ignoreSaved: false,
      usePythonVersion: true,
      usePyenv: false,
      save: true,
      note: (message) => notes.push(message),
      ...changes,
      env: { PATH: path, ...changes.env },
    });
  return { root, notes, select };
}

function linkFolder(links: Readonly<Record<string, Interpreter>>): string {
  const bin = join(mkdtempSync(join(folder, 'path-')), 'bin');
  mkdirSync(bin);
  for (const [name, { executable }] of Object.entries(links)) symlinkSync(executable, join(bin, name));
  return bin;
}

function writeScript(file: string, text: string): void {
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

function required(interpreter: Interpreter | undefined): Interpreter {
  if (interpreter === undefined) throw new Error('this machine has one Python only');
  return interpreter;
}
