/** Checks the sentences of a proof: every version named exists, every requirement quoted is written somewhere. */
import type { Truth } from './proof-checker.ts';

/** Everything in the sentences that is not so; empty when all is well. */
export function sentenceFaults(text: string, truth: Truth): string[] {
  const written = writtenIn(truth);
  return text.split('\n').flatMap((line) => {
    const { quoted, strange } = quotesIn(line, written);
    // What is quoted may name any version; the rest speaks of those that exist.
    const rest = quoted.reduce((left, quote) => left.replaceAll(quote, ' '), line);
    const strangers = truth.names.flatMap((name) =>
      strangersIn(rest, name, truth).map((one) => `${name} has no ${one}`),
    );
    const broken = /undefined|\[object|no version which| {2}|, ,|\(\)/.test(line) ? ['not a sentence'] : [];
    return [...strange.map((at) => `nobody wrote "${at}"`), ...strangers, ...broken].map(
      (fault) => `${fault}: ${line}`,
    );
  });
}

/** Every requirement of the project and of any version, with and without its marker, the longest first. */
function writtenIn(truth: Truth): string[] {
  const versions = truth.names.flatMap((name) => Object.values(truth.versions(name) ?? {}));
  const lines = [...Object.values(truth.roots).flat(), ...versions.flatMap(({ requires }) => requires)];
  const texts = lines.flatMap((line) => [line, line.split(/\s*;/)[0] ?? line]);
  const shown = texts.map((line) => line.replace(/\/\/[^/@]*@/, '//'));
  return [...new Set(shown)].sort((a, b) => b.length - a.length);
}

interface Quotes {
  readonly quoted: readonly string[];
  /** Beginnings of what should be a quote and is none. */
  readonly strange: readonly string[];
}

/** What comes after "depends on", after "depends on both" and its "and", and the sample of many ranges. */
function quotesIn(line: string, written: readonly string[]): Quotes {
  const quoted: string[] = [];
  const strange: string[] = [];
  const take = (rest: string): string => {
    const sample = /^[\w.-]+ \(in \d+ different ranges, (.*)$/.exec(rest)?.[1] ?? rest;
    const quote = written.find((text) => sample.startsWith(text));
    if (quote === undefined) strange.push(sample.slice(0, 30));
    else quoted.push(quote);
    return sample.slice(quote?.length ?? 0);
  };
  for (const { index } of line.matchAll(/depends on /g)) {
    const object = line.slice(index + 'depends on '.length);
    const isBoth = object.startsWith('both ');
    let rest = take(isBoth ? object.slice('both '.length) : object);
    // In a list of facts any number of requirements follow each other.
    const [, second] = isBoth ? (/^.*? and (?=[a-z0-9])(.*)$/is.exec(rest) ?? []) : [];
    if (isBoth && second === undefined) strange.push(object.slice(0, 30));
    if (second !== undefined) take(second);
    while (line.startsWith('- ') && rest.startsWith(' and ')) rest = take(rest.slice(' and '.length));
  }
  return { quoted, strange };
}

/** Versions named after a package that it does not have. */
function strangersIn(rest: string, name: string, truth: Truth): string[] {
  const given = truth.direct[name];
  const versions = given === undefined ? Object.keys(truth.versions(name) ?? {}) : [given];
  const range = new RegExp(`(?<![\\w-])${name}(?:\\[[\\w,]*\\])? ((?:[<>=]*\\d[\\w.+!]*(?:,| or )?)+)`, 'g');
  return [...rest.matchAll(range)]
    .flatMap(([, text = '']) => text.split(/,| or /))
    .map((part) => part.replace(/^[<>=]+/, '').replace(/\.$/, ''))
    .filter((version) => version !== '' && !/^\d+$/.test(version) && !versions.includes(version));
}
