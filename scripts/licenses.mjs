import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licence texts of every npm package that went into the bundle, as one text.
 * @param {string} root repository root
 * @param {readonly string[]} inputs bundled files, relative to the root
 */
export function thirdPartyLicenses(root, inputs) {
  const names = new Set();
  for (const input of inputs) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) names.add(match[1]);
  }
  return [...names]
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => section(join(root, 'node_modules', name)))
    .join('\n');
}

function section(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text =
    file && existsSync(join(folder, file))
      ? readFileSync(join(folder, file), 'utf8').trim()
      : 'No licence file in the package.';
  return `${name} ${version} (${license})\n${'-'.repeat(72)}\n${text}\n`;
}
