/** Files of PyPI that tests read but that are no part of this repository. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { testPython } from './python.ts';

/** A file of a project on PyPI, with the digest (hex) of the one the tests were written against. */
export interface PypiFile {
  readonly project: string;
  readonly filename: string;
  readonly sha256: string;
}

/** The file on this machine, or why there is none. */
export type PypiFileFound =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'absent'; readonly reason: string };

/**
 * Downloads a file once into a folder of the system's temporary directory, where later runs find it again. Absent when PyPI cannot
 * be reached; throws for a file with another digest.
 */
export function findPypiFile(file: PypiFile): PypiFileFound {
  const folder = join(tmpdir(), `tspm-test-pypi-${userInfo().uid}`);
  const path = join(folder, file.filename);
  if (existsSync(path) && digestOf(path) === file.sha256) return { kind: 'found', path };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const args = ['-c', DOWNLOAD, file.project, file.filename, path];
  const { status, stderr } = spawnSync(testPython(), args, { encoding: 'utf8' });
  if (status !== 0) {
    const reason = stderr.trimEnd().split('\n').at(-1) ?? '';
    return { kind: 'absent', reason: `${file.filename} cannot be had from PyPI: ${reason}` };
  }
  if (digestOf(path) !== file.sha256) throw new Error(`${file.filename} of PyPI has another digest: ${digestOf(path)}`);
  return { kind: 'found', path };
}

function digestOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Python, for the proxies and certificates it finds in the environment. */
const DOWNLOAD = `
import json, os, sys, tempfile, urllib.request as u
project, filename, path = sys.argv[1:]
accept = {'Accept': 'application/vnd.pypi.simple.v1+json'}
page = u.Request(f'https://pypi.org/simple/{project}/', headers=accept)
files = json.load(u.urlopen(page, timeout=30))['files']
[url] = [file['url'] for file in files if file['filename'] == filename]
made, name = tempfile.mkstemp(dir=os.path.dirname(path))
with os.fdopen(made, 'wb') as out:
    out.write(u.urlopen(url, timeout=60).read())
os.replace(name, path)
`;
