import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { compatibleTags, linuxPlatforms, macPlatforms, type TagTarget } from '../../../src/packaging/tags.ts';

const PROGRAM = `
import json, platform, re, struct, sys, sysconfig

import packaging
from packaging import tags

def own_platforms():
    return list(dict.fromkeys(tags.platform_tags()))

specific = list(tags.cpython_tags()) if sys.implementation.name == "cpython" else list(tags.generic_tags())
libc = platform.libc_ver()
abis = [t.abi for t in specific if t.abi not in ("none", "abi3", "abi3t")]
print(json.dumps({
    "release": [int(n) for n in re.findall(r"\\d+", packaging.__version__)[:2]],
    "implementation": sys.implementation.name,
    "version": list(sys.version_info[:2]),
    "abis": list(dict.fromkeys(abis)),
    "freeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "machine": platform.machine(),
    "bits": 8 * struct.calcsize("P"),
    "glibc": [int(n) for n in libc[1].split(".")[:2]] if libc[0] == "glibc" else None,
    "mac": [int(n) for n in platform.mac_ver()[0].split(".")[:2]] if platform.system() == "Darwin" else None,
    "platforms": own_platforms(),
    "tags": [str(t) for t in tags.sys_tags()],
}))
`;

interface Oracle {
  readonly release: readonly number[];
  readonly implementation: string;
  readonly version: readonly [number, number];
  readonly abis: readonly string[];
  readonly freeThreaded: boolean;
  readonly machine: string;
  readonly bits: 32 | 64;
  readonly glibc: readonly [number, number] | null;
  readonly mac: readonly [number, number] | null;
  readonly platforms: readonly string[];
  readonly tags: readonly string[];
}

const python = process.env['TSPM_TEST_PYTHON'];
const why = python === undefined ? ' (skipped: TSPM_TEST_PYTHON names no Python that has the package packaging)' : '';

describe.skipIf(python === undefined)(`tags of a real interpreter${why}`, () => {
  it('are those of packaging in the same order', () => {
    const oracle = askOracle();
    const target: TagTarget = { ...oracle };
    expect(compatibleTags(target)).toEqual([...new Set(oracle.tags)]);
  });

  it('name the platforms of packaging', () => {
    const oracle = askOracle();
    const { machine: arch, bits, glibc, mac } = oracle;
    const own = mac === null ? linuxPlatforms({ arch, bits, glibc: glibc ?? undefined }) : macPlatforms(mac, arch);
    const [year = 0, minor = 0] = oracle.release;
    // Before 26.3 the native tag came last.
    const isOld = year < 26 || (year === 26 && minor < 3);
    const native = own.filter((platform) => platform.startsWith('linux_'));
    const expected = isOld ? [...own.filter((platform) => !native.includes(platform)), ...native] : own;
    expect(expected).toEqual(oracle.platforms);
  });
});

function askOracle(): Oracle {
  const output = execFileSync(python ?? '', ['-I', '-c', PROGRAM], { encoding: 'utf8' });
  // The program above prints exactly this shape.
  return JSON.parse(output) as Oracle;
}
