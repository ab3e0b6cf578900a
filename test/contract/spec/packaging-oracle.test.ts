/**
 * The library beside the newest `packaging`, on random inputs. TSPM_TEST_ORACLE_CASES sets their number, TSPM_TEST_SEED
 * the seed, which is printed.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerContains,
  answerFilter,
  answerGroups,
  answerMarker,
  answerMetadata,
  answerName,
  answerOrder,
  answerRequirement,
  answerSdist,
  answerSpecifier,
  answerVersion,
  answerWheel,
  orNull,
} from '../../support/packaging-answers.ts';
import {
  anyMarkerText,
  anyNameText,
  anyRequirementText,
  anySdistText,
  anySpecifierText,
  anyVersionText,
  anyWheelText,
  extraNames,
  groupsAsked,
  markerEnvironment,
  markerText,
  metadataText,
} from '../../support/packaging-inputs.ts';
import { parseMarker } from '../../../src/index.ts';
import { isValidName } from '../../../src/packaging/name.ts';
import { askPackaging, findPackaging } from '../../support/packaging.ts';
import { specifierText, versionText } from '../../support/versions.ts';

const total = Number(process.env['TSPM_TEST_ORACLE_CASES'] ?? '100000');
const seed = Number(process.env['TSPM_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const CHUNK = 20_000;
const MILLISECONDS_A_CASE = 5;
const found = findPackaging();
const policy = fc.constantFrom(null, true, false);

interface Topic<Q extends readonly unknown[]> {
  /** Its part of all inputs, in hundredths. */
  readonly share: number;
  readonly questions: fc.Arbitrary<Q>;
  readonly answer: (...question: Q) => unknown;
  /** Whether the two answers agree; the same JSON unless told. */
  readonly agrees?: (mine: unknown, theirs: unknown, question: string) => boolean;
}

const title =
  found.kind === 'found'
    ? `packaging ${found.version}, seed ${seed}, ${total} inputs`
    : `packaging (skipped: ${found.reason})`;

describe.skipIf(found.kind === 'absent')(title, () => {
  compare('version', { share: 10, questions: fc.tuple(anyVersionText), answer: answerVersion });
  compare('order', { share: 8, questions: fc.tuple(versionText, versionText), answer: answerOrder });
  compare('specifier', { share: 10, questions: fc.tuple(anySpecifierText), answer: answerSpecifier });
  compare('contains', {
    share: 20,
    questions: fc.tuple(anySpecifierText, anyVersionText, policy, fc.boolean()),
    answer: answerContains,
  });
  compare('filter', {
    share: 10,
    questions: fc.tuple(fc.oneof(specifierText, anySpecifierText), fc.array(anyVersionText, { maxLength: 6 }), policy),
    answer: answerFilter,
  });
  compare('marker', {
    share: 16,
    questions: fc.tuple(anyMarkerText, markerEnvironment, extraNames),
    answer: answerMarker,
    agrees: markersAgree,
  });
  compare('printed', {
    share: 4,
    questions: fc
      .tuple(markerText.filter(isMarker), markerEnvironment)
      .map(([text, environment]): [string, string, object] => [text, parseMarker(text).toString(), environment]),
    answer: (_text, _printed, _environment) => true,
  });
  compare('requirement', {
    share: 9,
    questions: fc.tuple(anyRequirementText),
    answer: answerRequirement,
    agrees: requirementsAgree,
  });
  compare('metadata', {
    share: 2,
    questions: fc.tuple(metadataText),
    answer: answerMetadata,
    agrees: metadataAgrees,
  });
  compare('groups', { share: 2, questions: groupsAsked, answer: answerGroups });
  compare('name', { share: 2, questions: fc.tuple(anyNameText), answer: answerName });
  compare('wheel', { share: 5, questions: fc.tuple(anyWheelText), answer: answerWheel, agrees: fileNamesAgree });
  compare('sdist', { share: 2, questions: fc.tuple(anySdistText), answer: answerSdist, agrees: fileNamesAgree });
});

function compare<Q extends readonly unknown[]>(name: string, topic: Topic<Q>): void {
  const count = Math.ceil((total * topic.share) / 100);
  it(
    `${name}: ${count} inputs`,
    () => {
      const differences: string[] = [];
      for (let start = 0; start < count; start += CHUNK) {
        const numRuns = Math.min(CHUNK, count - start);
        const questions = fc.sample(topic.questions, { numRuns, seed: seed + start });
        const theirs = askPackaging(found, name, questions);
        differences.push(...differing(topic, questions, theirs));
      }
      expect(differences.slice(0, 20)).toEqual([]);
    },
    60_000 + count * MILLISECONDS_A_CASE,
  );
}

function differing<Q extends readonly unknown[]>(
  { answer, agrees = sameJson }: Topic<Q>,
  questions: readonly Q[],
  theirs: readonly unknown[],
): string[] {
  return questions.flatMap((question, i) => {
    const mine = answer(...question);
    const text = typeof question[0] === 'string' ? question[0] : '';
    return agrees(mine, theirs[i], text) ? [] : [JSON.stringify({ question, mine, theirs: theirs[i] })];
  });
}

function isMarker(text: string): boolean {
  return orNull(() => parseMarker(text)) !== null;
}

function sameJson(mine: unknown, theirs: unknown): boolean {
  return JSON.stringify(mine) === JSON.stringify(theirs);
}

/**
 * Intended: what ends the evaluation with an error there makes the marker false here, or is an error as well; and `extra` has a value
 * whenever extras are given, also in a lock file.
 */
function markersAgree(mine: unknown, theirs: unknown): boolean {
  if (!Array.isArray(mine) || !Array.isArray(theirs)) return mine === theirs;
  return theirs.every((value: unknown, i) => {
    if (typeof value === 'boolean') return mine[i] === value;
    return mine[i] === false || mine[i] === null || (value === 'undefined name' && i >= theirs.length - 2);
  });
}

/**
 * Intended: blanks and tabs are the only white space of a requirement, and the text of `===` ends at a comma, both as the grammar says; the
 * reference reads on up to the next blank.
 */
function requirementsAgree(mine: unknown, theirs: unknown, text: string): boolean {
  if (sameJson(mine, theirs)) return true;
  return (mine === null && /[\n\r\v\f\u001c-\u001f\u0085\u00a0\u2028]/.test(text)) || /===[^;)]*,/.test(text);
}

/**
 * Intended: a file name holds no white space, its tags are of ASCII letters, digits and `_`, and a source archive is that of a valid project
 * name; letters beyond ASCII keep their case.
 */
function fileNamesAgree(mine: unknown, theirs: unknown, text: string): boolean {
  if (mine !== null) return sameJson(mine, theirs) || sameButCase(mine, theirs);
  if (!Array.isArray(theirs)) return true;
  const [name, , , tags = []] = theirs;
  return (
    /[\s\u001c-\u001f\u0085]/.test(text) ||
    (text.endsWith('.whl') ? !/^[\w,-]*$/.test(String(tags)) : !isValidName(String(name)))
  );
}

function sameButCase(mine: unknown, theirs: unknown): boolean {
  if (!Array.isArray(mine) || !Array.isArray(theirs)) return false;
  const [name, ...rest] = mine;
  return sameJson([String(name).toLowerCase(), ...rest], theirs);
}

/**
 * Intended: blanks at the ends are left out, every end of line is a line feed, and of a header that may stand once the first counts, where
 * the reference drops all of them.
 */
function metadataAgrees(mine: unknown, theirs: unknown): boolean {
  if (!Array.isArray(theirs) || !Array.isArray(mine)) return false;
  return theirs.every((value: unknown, i) => {
    return value === null ? i < 3 || sameJson(mine[i], []) : sameJson(mine[i] ?? '', trimmedText(value));
  });
}

function trimmedText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trimmedText);
  return String(value)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/^[ \t]+|[ \t\n]+$/g, '');
}
