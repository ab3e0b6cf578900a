/** Version constraints of Poetry as specifiers of PEP 440. Pure. */
import { TspmError } from '../errors.ts';

/** `^1.2` as `>=1.2,<2.0`, `~1.2` as `>=1.2,<1.3`, a bare version as `==`; `*` is empty. Throws TSPM_USAGE for alternatives (`||`). */
export function poetrySpecifier(text: string): string {
  if (text.includes('|')) {
    throw new TspmError('TSPM_USAGE', `Poetry's "${text}" has alternatives, which no specifier can say`, {
      hint: 'choose one of them first',
    });
  }
  return text
    .split(',')
    .map((part) => clause(part.trim()))
    .filter(Boolean)
    .join(',');
}

/** What Poetry's `python = "^3.8"` means as a marker. */
export function pythonMarker(text: string): string {
  return poetrySpecifier(text)
    .split(',')
    .filter(Boolean)
    .map((one) => one.replace(/^([<>=!~]+)\s*(.*)$/, 'python_version $1 "$2"'))
    .join(' and ');
}

function clause(text: string): string {
  if (text === '' || text === '*') return '';
  const [, sign, version = ''] = /^([~^])\s*([\d.]+)/.exec(text) ?? [];
  if (sign === undefined || text.startsWith('~='))
    return /^[\d]/.test(text) ? `==${text}` : text.replaceAll(/\s+/g, '');
  const parts = version.split('.').map(Number);
  const bumped = sign === '^' ? firstNonZero(parts) : Math.min(1, parts.length - 1);
  const upper = parts.map((part, index) => (index < bumped ? part : index === bumped ? part + 1 : 0));
  return `>=${version},<${upper.join('.')}`;
}

/** The number that `^` lets grow no further: the first that is not zero, else the last. */
function firstNonZero(parts: readonly number[]): number {
  const index = parts.findIndex((part) => part !== 0);
  return index < 0 ? parts.length - 1 : index;
}
