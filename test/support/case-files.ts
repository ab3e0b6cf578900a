/** Cases of files kept in one text: `=== CASE/PATH` begins each file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The files of each case by their paths, from a file of `fixtures/`. */
export function readCases(name: string): Map<string, Map<string, string>> {
  const text = readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url)), 'utf8');
  const cases = new Map<string, Map<string, string>>();
  for (const [, label = '', path = '', content = ''] of text.matchAll(/^=== ([^/\n]+)\/(.+)\n((?:(?!=== ).*\n)*)/gm)) {
    const files = cases.get(label) ?? new Map<string, string>();
    cases.set(label, files.set(path, content));
  }
  return cases;
}
