/**
 * Whether all of `text` matches a shell pattern of `*`, `?` and `[…]` as Python's fnmatch has them, without `!`. A class without its
 * end is a plain bracket; one with its ends the wrong way round matches nothing.
 */
export function matchesGlob(text: string, pattern: string): boolean {
  const parts = pattern.match(/\[\]?[^\]]*\]|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length === 1) return escapeRegExp(part);
    return `[${part.slice(1, -1).replaceAll(/[[\]]/g, String.raw`\$&`)}]`;
  });
  // Runs of stars would make matching slow and mean the same as one.
  const expression = `^${source.join('').replaceAll(/(?:\.\*)+/g, '.*')}$`;
  try {
    return new RegExp(expression, 's').test(text);
  } catch {
    return false;
  }
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
