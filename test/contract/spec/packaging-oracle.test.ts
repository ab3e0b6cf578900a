import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTspmError } from '../../../src/errors.ts';
import { parseSpecifierSet } from '../../../src/packaging/specifier.ts';
import { canonicalizeVersion, compareVersions, parseVersion, tryParseVersion } from '../../../src/packaging/version.ts';
import { clauseText, looseVersionText, specifierText, versionText } from '../../support/versions.ts';

/** Answers changed with 25 and 26 (pre-release fallback, `<V.postN`, `>V.devN`, `===`), so an older reference is no judge. */
const OLDEST_REFERENCE = 26;
const python = process.env['TSPM_TEST_PYTHON'] ?? 'python3';
const count = Number(process.env['TSPM_TEST_ORACLE_CASES'] ?? '3000');
const seed = Number(process.env['TSPM_TEST_SEED'] ?? '20240101');
const reason = missingReference();

const junkText = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789.!+-_abcprstdev v*=<>~,')),
  maxLength: 12,
});
const anyVersionText = fc.oneof(
  { weight: 4, arbitrary: versionText },
  { weight: 3, arbitrary: looseVersionText },
  { weight: 1, arbitrary: junkText },
);
// `~=` is asked in usual spellings only: the reference cuts its prefix from the text, so that `~=1.2.c1` means less than `~=1.2rc1`.
const anyClauseText = fc.oneof(
  { weight: 8, arbitrary: clauseText },
  { weight: 1, arbitrary: versionText.map((version) => `===${version}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('>=', '<=', '>', '<', '==', '!='), anyVersionText)
      .map((parts) => parts.join(' ')),
  },
  { weight: 1, arbitrary: junkText },
);
const anySpecifierText = fc.oneof(
  { weight: 3, arbitrary: specifierText },
  { weight: 2, arbitrary: fc.array(anyClauseText, { maxLength: 3 }).map((clauses) => clauses.join(', ')) },
);
const POLICIES = [null, true, false] as const;

describe(`the packaging library of ${python}${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  it.skipIf(reason !== undefined)('reads and normalises versions alike', () => {
    const texts = fc.sample(anyVersionText, { numRuns: count, seed });
    const script = `
def answer(text):
    try:
        version = str(Version(text))
    except InvalidVersion:
        version = None
    return [version, canonicalize_version(text)]`;
    const mine = texts.map((text) => [tryParseVersion(text)?.text ?? null, canonicalizeVersion(text)]);
    expect(differences(texts, mine, ask(script, texts))).toEqual([]);
  });

  it.skipIf(reason !== undefined)('orders versions alike', () => {
    const pairs = fc.sample(fc.tuple(versionText, versionText), { numRuns: count, seed });
    const script = `
def answer(pair):
    a, b = map(Version, pair)
    return (a > b) - (a < b)`;
    const mine = pairs.map(([a, b]) => Math.sign(compareVersions(parseVersion(a), parseVersion(b))));
    expect(differences(pairs, mine, ask(script, pairs))).toEqual([]);
  });

  it.skipIf(reason !== undefined)('matches specifiers alike under every pre-release policy', () => {
    const cases = fc.sample(fc.tuple(anySpecifierText, anyVersionText, fc.constantFrom(...POLICIES)), {
      numRuns: count,
      seed,
    });
    const script = `
def answer(case):
    specifiers, version, policy = case
    try:
        return SpecifierSet(specifiers).contains(version, prereleases=policy)
    except InvalidSpecifier:
        return None`;
    const mine = cases.map(([specifiers, version, policy]) => {
      return orNull(() => parseSpecifierSet(specifiers).contains(version, { prereleases: policy ?? undefined }));
    });
    expect(differences(cases, mine, ask(script, cases))).toEqual([]);
  });

  it.skipIf(reason !== undefined)('filters alike under every pre-release policy', () => {
    const versions = fc.array(anyVersionText, { maxLength: 6 });
    const cases = fc.sample(fc.tuple(specifierText, versions, fc.constantFrom(...POLICIES)), { numRuns: count, seed });
    const script = `
def answer(case):
    specifiers, versions, policy = case
    return list(SpecifierSet(specifiers).filter(versions, prereleases=policy))`;
    const mine = cases.map(([specifiers, texts, policy]) => {
      return parseSpecifierSet(specifiers).filter(texts, { prereleases: policy ?? undefined });
    });
    expect(differences(cases, mine, ask(script, cases))).toEqual([]);
  });
});

function missingReference(): string | undefined {
  try {
    const version = run('import packaging; print(packaging.__version__)', '').trim();
    return Number.parseInt(version, 10) >= OLDEST_REFERENCE
      ? undefined
      : `packaging ${version} is older than ${OLDEST_REFERENCE}; name another Python in TSPM_TEST_PYTHON`;
  } catch {
    return 'it has no packaging; name another Python in TSPM_TEST_PYTHON';
  }
}

/** The answers of the reference to all questions, in one process. */
function ask(script: string, questions: readonly unknown[]): unknown[] {
  const program = `
import json, sys
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_version
from packaging.version import InvalidVersion, Version
${script}
json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)`;
  const answers: unknown = JSON.parse(run(program, JSON.stringify(questions)));
  if (!Array.isArray(answers)) throw new Error('the reference gave no list');
  return answers;
}

function run(program: string, input: string): string {
  return execFileSync(python, ['-I', '-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

function differences(questions: readonly unknown[], mine: readonly unknown[], theirs: readonly unknown[]): unknown[] {
  return questions
    .map((question, i) => ({ question, mine: mine[i], theirs: theirs[i] }))
    .filter((row) => JSON.stringify(row.mine) !== JSON.stringify(row.theirs))
    .slice(0, 20);
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isTspmError(error)) return null;
    throw error;
  }
}
