/** Checks the sentences of a proof: every version named exists, every requirement quoted is written somewhere. */
import type { Truth } from './proof-checker.ts';

/** Everything in the sentences that is not so; empty when all is well. */
export function sentenceFaults(text: string, truth: Truth): string[] {
  const { names } = truth;
  return text.split('\n').flatMap((line) => {
    const quoted = new Set(quotedIn(line));
    const unwritten = [...quoted].filter((quote) => !isWritten(quote, truth, names));
    // What is quoted may name any version; the rest speaks of those that exist.
    const rest = [...quoted].reduce((left, quote) => left.replaceAll(quote, ' '), line);
    return [
      ...unwritten.map((quote) => `"${quote}" is written nowhere: ${line}`),
      ...names.flatMap((name) => strangersIn(rest, name, truth).map((version) => `${name} has no ${version}: ${line}`)),
      ...(/undefined|\[object|no version which|  |, ,|\(\)/.test(line) ? [`not a sentence: ${line}`] : []),
    ];
  });
}

/** What comes after "depends on", "depends on both" and its "and". */
function quotedIn(line: string): string[] {
  const requirement = String.raw`([A-Za-z0-9][\w.-]*(?:\[[\w,]*\])?(?:(?:[<>=!~]=?=?[\w.*]+,?)+|\s@\s\S+)?(?:; [^"']*(?:"[^"]*"|'[^']*')(?: (?:and|or) [^"']*(?:"[^"]*"|'[^']*'))*)?)`;
  const both = [...line.matchAll(new RegExp(`depends on both ${requirement} and ${requirement}`, 'g'))];
  const single = [...line.matchAll(new RegExp(`depends on (?!both )${requirement}`, 'g'))];
  return [...both.flatMap(([, first = '', second = '']) => [first, second]), ...single.map(([, text = '']) => text)]
    .map((text) => text.replace(/,$/, ''))
    .filter((text) => text !== '');
}

function isWritten(quote: string, truth: Truth, names: readonly string[]): boolean {
  const isSame = (line: string): boolean =>
    line === quote || line.split(';')[0]?.trim() === quote.split(';')[0]?.trim();
  const lines = names.flatMap((name) => Object.values(truth.versions(name) ?? {}).flatMap(({ requires }) => requires));
  return [...Object.values(truth.roots).flat(), ...lines].some(isSame);
}

/** Versions named after a package that it does not have. */
function strangersIn(rest: string, name: string, truth: Truth): string[] {
  const given = truth.direct[name];
  const versions = given === undefined ? Object.keys(truth.versions(name) ?? {}) : [given];
  const range = new RegExp(`(?<![\\w-])${name}(?:\\[[\\w,]*\\])? ((?:[<>=]*\\d[\\w.+!]*(?:,| or )?)+)`, 'g');
  return [...rest.matchAll(range)].flatMap(([, text = '']) =>
    text
      .split(/,| or /)
      .map((part) => part.replace(/^[<>=]+/, '').replace(/\.$/, ''))
      .filter((version) => {
        return version !== '' && !/^\d+$/.test(version) && !versions.includes(version);
      }),
  );
}
