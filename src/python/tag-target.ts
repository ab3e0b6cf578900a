import { cpythonAbis, linuxPlatforms, macPlatforms, type TagTarget } from '../packaging/tags.ts';
import type { InterpreterFacts } from './facts.ts';

/** The wheel tags an interpreter accepts (platform compatibility tags), as the target that `compatibleTags` expands. */
export function tagTargetOf(facts: InterpreterFacts): TagTarget {
  const [major, minor] = facts.version;
  return {
    implementation: facts.implementation,
    version: [major, minor],
    abis: facts.implementation === 'cpython' ? cpythonAbis(facts.version, facts) : foreignAbis(facts),
    platforms: platforms(facts),
    freeThreaded: facts.freeThreaded,
  };
}

/** The ABI of PyPy, GraalPy and others stands in the suffix of their extension modules. */
function foreignAbis({ extensionSuffix, soabi }: InterpreterFacts): readonly string[] {
  const text = extensionSuffix?.split('.')[1] ?? soabi;
  if (text === undefined) return [];
  const parts = text.split('-');
  if (text.startsWith('pypy')) return [tagText(parts.slice(0, 2).join('-'))];
  if (text.startsWith('graalpy')) return [tagText(parts.slice(0, 3).join('-'))];
  return [tagText(text)];
}

function platforms(facts: InterpreterFacts): readonly string[] {
  if (facts.macos !== undefined) return macPlatforms(facts.macos.version, facts.macos.machine);
  const [system, ...rest] = facts.platform.split('-');
  if (system !== 'linux') return [tagText(facts.platform)];
  const { glibc, musl, bits } = facts;
  const listed = linuxPlatforms({
    arch: rest.join('-'),
    bits: bits === 32 ? 32 : 64,
    ...(glibc && { glibc }),
    ...(musl && { musl }),
  });
  return listed.filter((platform) => !isRefused(platform, facts.manylinux));
}

const LEGACY_MINORS: ReadonlyMap<string, number> = new Map([
  ['manylinux2014', 17],
  ['manylinux2010', 12],
  ['manylinux1', 5],
]);

function isRefused(platform: string, answers: ReadonlyMap<number, boolean>): boolean {
  if (answers.size === 0) return false;
  const match = /^manylinux(?:_2_(\d+)|1|2010|2014)_/.exec(platform);
  if (match === null) return false;
  const minor = match[1] === undefined ? LEGACY_MINORS.get(match[0].slice(0, -1)) : Number(match[1]);
  return minor !== undefined && answers.get(minor) === false;
}

function tagText(text: string): string {
  return text.replaceAll(/[-.\s]/g, '_').toLowerCase();
}
