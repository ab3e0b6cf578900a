import { describe, expect, it } from 'vitest';
import {
  compatibleTags,
  formatTag,
  linuxPlatforms,
  macPlatforms,
  tryParseTagSet,
} from '../../../src/packaging/tags.ts';
import { loadVectors, vectorTitle } from '../../support/conformance.ts';

const compatible = loadVectors('tags-compatible');
const parsed = loadVectors('tags-parse');

describe('tag vectors', () => {
  it.skipIf(compatible === undefined)(
    vectorTitle('list what each interpreter loads, best first', 'tags-compatible', compatible),
    () => {
      for (const [label, version, abis, platforms, expected] of compatible?.cases ?? []) {
        const [major = 0, minor = 0] = textsOf(version).map(Number);
        const target = {
          implementation: 'cpython',
          version: [major, minor] as const,
          abis: textsOf(abis),
          platforms: textsOf(platforms),
          freeThreaded: textsOf(abis).some((abi) => abi.endsWith('t')),
        };
        expect({ label, tags: compatibleTags(target) }).toEqual({ label, tags: expected });
      }
    },
  );

  it.skipIf(compatible === undefined)(
    vectorTitle('list the platforms of each system', 'tags-compatible', compatible),
    () => {
      const lists = (compatible?.cases ?? []).map(
        ([label, , , platforms]) => [String(label), textsOf(platforms)] as const,
      );
      for (const [label, platforms] of lists) {
        const own = platformsOf(label) ?? platforms;
        expect({ label, platforms: own }).toEqual({ label, platforms });
      }
      expect(lists.filter(([label]) => platformsOf(label) !== undefined).length).toBeGreaterThanOrEqual(6);
    },
  );

  it.skipIf(parsed === undefined)(vectorTitle('are read as sets or refused', 'tags-parse', parsed), () => {
    for (const [input, ok, expected] of parsed?.cases ?? []) {
      const tags = tryParseTagSet(String(input))?.map(formatTag).toSorted();
      expect({ input, tags }).toEqual({ input, tags: ok === true ? expected : undefined });
    }
  });
});

/** The platforms of labels such as `cp312 linux aarch64 glibc 2.34`, `cp310 linux musl 1.2 x86_64`, `cp39 macos 14.0 arm64`. */
function platformsOf(label: string): string[] | undefined {
  const [, arch, glibc] = /linux (\w+) glibc (\d+\.\d+)/.exec(label) ?? [];
  if (arch !== undefined) return linuxPlatforms({ arch, glibc: pairOf(glibc), bits: 64 });
  const [, musl, muslArch] = /linux musl (\d+\.\d+) (\w+)/.exec(label) ?? [];
  if (muslArch !== undefined) return linuxPlatforms({ arch: muslArch, musl: pairOf(musl), bits: 64 });
  const [, mac, macArch] = /macos (\d+\.\d+) (\w+)/.exec(label) ?? [];
  return macArch === undefined ? undefined : macPlatforms(pairOf(mac), macArch);
}

function pairOf(text: string | undefined): readonly [number, number] {
  const [major = 0, minor = 0] = (text ?? '').split('.').map(Number);
  return [major, minor];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
