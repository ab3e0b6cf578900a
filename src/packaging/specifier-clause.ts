import { TspmError, unreachable } from '../errors.ts';
import { isBlankCode, trimBlanks } from './blank.ts';
import { formatParts } from './version-reader.ts';
import {
  canonicalizeVersion,
  compareEpochAndRelease,
  comparePublic,
  compareVersions,
  isPrerelease,
  tryParseVersion,
  versionsEqual,
  type Version,
} from './version.ts';

/** An operator of PEP 440. */
export type SpecifierOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | '~=' | '===';

/** One clause of a specifier set; `version` and `text` keep the spelling of the author without blanks around it. */
export interface Specifier {
  readonly operator: SpecifierOperator;
  readonly version: string;
  readonly text: string;
}

/** What a clause compares with: a version, every version under a prefix (`1.2.*`), or a text (`===`). */
export type Operand =
  | { readonly kind: 'version'; readonly version: Version }
  | { readonly kind: 'prefix'; readonly version: Version }
  | { readonly kind: 'text'; readonly text: string };

// The longest first: `===` starts with `==`, `<=` with `<`.
const OPERATORS = ['===', '==', '!=', '<=', '>=', '~=', '<', '>'] as const;
const PREFIX = /^[vV]?(?:\d+!)?\d+(?:\.\d+)*$/;

/** Reads one clause (PEP 440); throws TSPM_INVALID_SPECIFIER. */
export function parseSpecifier(text: string): Specifier {
  const clause = trimBlanks(text);
  const operator = OPERATORS.find((candidate) => clause.startsWith(candidate));
  if (operator === undefined) {
    throw invalid(clause, `must start with one of ${OPERATORS.toSorted().join(' ')}`);
  }
  const version = trimBlanks(clause.slice(operator.length));
  const specifier = { operator, version, text: operator + version };
  const problem = problemOf(specifier);
  if (problem !== undefined) throw invalid(clause, problem);
  return specifier;
}

/** What the clause compares with; the clause must come from {@link parseSpecifier}. */
export function operandOf({ operator, version }: Specifier): Operand {
  if (operator === '===') return { kind: 'text', text: version };
  const prefix = version.endsWith('.*');
  const parsed = tryParseVersion(prefix ? version.slice(0, -2) : version);
  if (parsed === undefined) throw new Error(`clause ${operator}${version} was not validated`);
  return { kind: prefix ? 'prefix' : 'version', version: parsed };
}

/** Equal for clauses that mean the same whatever the spelling of the version. */
export function clauseKey({ operator, version }: Specifier): string {
  if (operator === '===' || version.endsWith('.*')) return operator + version;
  return operator + canonicalizeVersion(version, { stripTrailingZeros: operator !== '~=' });
}

/** Whether the clause names a pre-release and so asks for pre-releases; `!=` and prefixes never do. */
export function namesPrerelease(specifier: Specifier): boolean {
  if (specifier.operator === '!=') return false;
  const version = tryParseVersion(specifier.version);
  return version !== undefined && isPrerelease(version);
}

/** The test a clause stands for, on versions only; undefined for `===`, which compares texts. */
export function clauseTest(specifier: Specifier): ((version: Version) => boolean) | undefined {
  const operand = operandOf(specifier);
  if (operand.kind === 'text') return undefined;
  const bound = operand.version;
  switch (specifier.operator) {
    case '==':
      return equalTo(operand.kind, bound);
    case '!=': {
      const equal = equalTo(operand.kind, bound);
      return (version) => !equal(version);
    }
    case '<=':
      return (version) => comparePublic(version, bound) <= 0;
    case '>=':
      return (version) => comparePublic(version, bound) >= 0;
    case '<': {
      const below = firstNotBelow(bound);
      return (version) => compareVersions(version, below) < 0;
    }
    case '>':
      return (version) => comparePublic(version, bound) > 0 && !isPostOf(version, bound);
    case '~=': {
      const depth = bound.release.length - 1;
      return (version) => comparePublic(version, bound) >= 0 && hasPrefix(version, bound, depth);
    }
    case '===':
      return undefined;
    default:
      return unreachable(specifier.operator);
  }
}

/** The least version that `<bound` leaves out: pre-releases of a bound that is none itself are left out with it. */
export function firstNotBelow(bound: Version): Version {
  if (isPrerelease(bound)) return bound;
  const parts = { ...bound, dev: 0 };
  return { ...parts, text: formatParts(parts) };
}

function problemOf({ operator, version }: Specifier): string | undefined {
  if (operator === '===') return isArbitraryText(version) ? undefined : 'must name a text without blanks, ";" and ")"';
  if (version.endsWith('.*')) {
    if (operator !== '==' && operator !== '!=') return 'can use ".*" with == and != only';
    return PREFIX.test(version.slice(0, -2)) ? undefined : 'must have release numbers alone before ".*"';
  }
  const parsed = tryParseVersion(version);
  if (parsed === undefined) {
    const [, next] = /^[^<>=!~]+([<>=!~].*)$/.exec(version) ?? [];
    return next === undefined ? 'must name a version of PEP 440' : `must have a comma before "${next}"`;
  }
  if (operator === '==' || operator === '!=') return undefined;
  if (parsed.local !== undefined) return 'can name a local version with == and != only';
  if (operator === '~=' && parsed.release.length < 2) return 'must name at least two release numbers';
  return undefined;
}

/** Of any characters but blanks, `;` and `)`; no character at all is allowed by the reference and matches nothing. */
function isArbitraryText(text: string): boolean {
  return Array.from(text).every((c) => c !== ';' && c !== ')' && !isBlankCode(c.charCodeAt(0)));
}

function equalTo(kind: 'version' | 'prefix', bound: Version): (version: Version) => boolean {
  if (kind === 'prefix') return (version) => hasPrefix(version, bound, bound.release.length);
  if (bound.local === undefined) return (version) => comparePublic(version, bound) === 0;
  return (version) => versionsEqual(version, bound);
}

function hasPrefix(version: Version, bound: Version, depth: number): boolean {
  if (version.epoch !== bound.epoch) return false;
  for (let i = 0; i < depth; i++) if ((version.release[i] ?? 0) !== bound.release[i]) return false;
  return true;
}

function isPostOf(version: Version, bound: Version): boolean {
  if (version.post === undefined || bound.post !== undefined || bound.dev !== undefined) return false;
  return (
    version.pre?.[0] === bound.pre?.[0] &&
    version.pre?.[1] === bound.pre?.[1] &&
    compareEpochAndRelease(version, bound) === 0
  );
}

function invalid(clause: string, problem: string): TspmError {
  return new TspmError('TSPM_INVALID_SPECIFIER', `version specifier ${JSON.stringify(clause)} ${problem}`);
}
