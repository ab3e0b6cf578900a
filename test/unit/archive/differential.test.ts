import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { describe, expect, it } from 'vitest';
import yauzl from 'yauzl';

import { openWheel } from '../../../src/archive/wheel-archive.ts';
import { scratchFolder } from '../../support/tree.ts';

/** Real wheels that any Python brings along: pip, and setuptools before 3.12. */
const WHEELS = bundledWheels();

const LIST_BY_PYTHON = `
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    print(json.dumps({i.filename: [hashlib.sha256(z.read(i)).hexdigest(), bool(i.external_attr >> 16 & 0o100000 and i.external_attr >> 16 & 0o111)]
                      for i in z.infolist() if not i.is_dir()}))
`;

describe('real wheels unpack as others unpack them', () => {
  it.skipIf(WHEELS.length === 0)('as Python zipfile does (needs a python3 with ensurepip)', async () => {
    for (const path of WHEELS) {
      const listed: unknown = JSON.parse(
        execFileSync('python3', ['-I', '-c', LIST_BY_PYTHON, path], { encoding: 'utf8' }),
      );
      expect(await unpacked(path)).toEqual(listed);
    }
  });

  it.skipIf(WHEELS.length === 0)('as yauzl does (needs a python3 with ensurepip)', async () => {
    for (const path of WHEELS) {
      const ours = Object.entries(await unpacked(path)).map(([name, [digest]]) => [name, digest]);
      expect(Object.fromEntries(ours)).toEqual(await listedByYauzl(path));
    }
  });
});

async function unpacked(path: string): Promise<Record<string, readonly [string, boolean]>> {
  const target = scratchFolder();
  const wheel = openWheel(path, basename(path));
  try {
    const { files } = await wheel.extract(target);
    return Object.fromEntries(
      files.map((file) => {
        const digest = createHash('sha256').update(readFileSync(join(target, file.path)));
        return [file.path, [digest.digest('hex'), file.executable]];
      }),
    );
  } finally {
    wheel.close();
  }
}

async function listedByYauzl(path: string): Promise<Record<string, string>> {
  const zip = await yauzl.openPromise(path);
  const listed: Record<string, string> = {};
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    const hash = createHash('sha256');
    for await (const piece of await zip.openReadStreamPromise(entry)) hash.update(piece as Uint8Array);
    listed[entry.fileName] = hash.digest('hex');
  }
  return listed;
}

function bundledWheels(): string[] {
  const script =
    'import ensurepip, glob; print("\\n".join(sorted(glob.glob(ensurepip.__path__[0] + "/_bundled/*.whl"))))';
  try {
    return execFileSync('python3', ['-I', '-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
