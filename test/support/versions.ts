import * as fc from 'fast-check';

const number = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 0, max: 3 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('10', '2026', '9007199254740991', '9007199254740992', '20240101123456789012'),
  },
);
const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
const epoch = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('0!', '1!') },
);
const localPart = fc.constantFrom('a', 'ab', '0', '1', '01', '10', 'cu121', '0a');
const local = fc.array(localPart, { minLength: 1, maxLength: 3 }).map((parts) => `+${parts.join('.')}`);

/** Public versions in canonical or near-canonical spelling, dense around few releases so that clauses and versions meet. */
export const publicVersionText: fc.Arbitrary<string> = fc
  .record({
    epoch,
    release,
    pre: optional(fc.tuple(fc.constantFrom('a', 'b', 'rc'), number).map((parts) => parts.join(''))),
    post: optional(number.map((n) => `.post${n}`)),
    dev: optional(number.map((n) => `.dev${n}`)),
  })
  .map((parts) => parts.epoch + parts.release + parts.pre + parts.post + parts.dev);

/** Any version, with a local label now and then. */
export const versionText: fc.Arbitrary<string> = fc
  .tuple(publicVersionText, optional(local))
  .map((parts) => parts.join(''));

/** The same versions in the odd spellings that readers accept. */
export const looseVersionText: fc.Arbitrary<string> = fc
  .record({
    head: fc.constantFrom('', 'v', 'V', ' ', '\t\n'),
    release: fc.tuple(epoch, fc.constantFrom('', '0'), release).map((parts) => parts.join('')),
    pre: optional(letterPart(['a', 'alpha', 'B', 'beta', 'c', 'rc', 'RC', 'pre', 'preview'])),
    post: optional(
      fc.oneof(
        letterPart(['post', 'rev', 'r', 'POST']),
        number.map((n) => `-${n}`),
      ),
    ),
    dev: optional(letterPart(['dev', 'DEV'])),
    local: optional(
      fc.array(fc.constantFrom('A', 'ab', '01', '7'), { minLength: 1, maxLength: 3 }).map((p) => `+${p.join('-')}`),
    ),
    tail: fc.constantFrom('', '', '', ' ', '\n'),
  })
  .map(({ head, release, pre, post, dev, local, tail }) => head + release + pre + post + dev + local + tail);

const prefixText = fc.tuple(epoch, release).map((parts) => parts.join(''));

/** One valid clause. */
export const clauseText: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.constantFrom('>=', '<=', '>', '<', '=='), publicVersionText).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!='), versionText).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!='), prefixText).map(([operator, prefix]) => `${operator}${prefix}.*`),
  fc
    .tuple(publicVersionText, number)
    .map(([version, extra]) => `~=${version.replace(/^((?:\d+!)?\d+)/, `$1.${extra}`)}`),
);

/** A specifier set of at most three clauses. */
export const specifierText: fc.Arbitrary<string> = fc
  .array(clauseText, { maxLength: 3 })
  .map((clauses) => clauses.join(','));

function optional(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: text });
}

function letterPart(words: readonly string[]): fc.Arbitrary<string> {
  const separator = fc.constantFrom('', '.', '-', '_');
  return fc
    .tuple(separator, fc.constantFrom(...words), separator, fc.oneof(number, fc.constant('')))
    .map((parts) => parts.join(''));
}
