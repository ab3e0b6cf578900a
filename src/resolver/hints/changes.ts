/** Changes of a request that could mend a failure, each aimed at one reason of its proof. */
import type { FileRules } from '../../index/file-rules.ts';
import { ANY_VERSION, SpecifierSet, parseSpecifierSet } from '../../packaging/specifier.ts';
import { parseRequirement } from '../../packaging/requirement.ts';
import { baseVersion } from '../../packaging/version.ts';
import type { HintKind, ResolutionRequest, RootRequirement } from '../model.ts';
import type { Part, Reason, RequirementQuote } from '../provider/reason.ts';
import type { NamedPackage, Universe } from '../provider/universe.ts';
import { hasRank } from '../pubgrub/rank-set.ts';

/** A request with one thing changed. */
export interface Change {
  readonly kind: HintKind;
  /** The package the change is about. */
  readonly package: string;
  readonly request: ResolutionRequest;
  /** What to do, as a clause. `version` is the one of the package that would be chosen, if the change leads to a solution. */
  readonly text: (version: string | undefined) => string;
}

/** The changes worth trying, in the order of the facts they come from. */
export function changesFor(facts: readonly Part[], request: ResolutionRequest, universe: Universe): Change[] {
  const changes = facts.flatMap((fact) => changesOf(fact, request, universe));
  const seen = new Set<string>();
  return changes.filter((change) => {
    const text = `${change.kind} ${change.text(undefined)}`;
    return seen.size < seen.add(text).size;
  });
}

function changesOf(fact: Part, request: ResolutionRequest, universe: Universe): Change[] {
  const { reason } = fact;
  switch (reason.kind) {
    case 'requires':
    case 'no-match':
    case 'impossible':
      return [
        ...dropOverride(reason.quote, request),
        ...takePrerelease(reason, request, universe),
        ...dropBound(reason.quote, request),
      ];
    case 'yanked':
      return pinWithdrawn(reason.key, fact, request, universe);
    case 'prerelease':
      return allowPrereleases(reason.key, request);
    case 'unusable':
      return letFilesIn(reason, request);
    default:
      return [];
  }
}

function dropOverride({ key, override }: RequirementQuote, request: ResolutionRequest): Change[] {
  if (override === undefined) return [];
  const overrides = new Map([...request.overrides].filter(([name]) => name !== key));
  const text = `drop the override ${key}${override}`;
  return [{ kind: 'override', package: key, request: { ...request, overrides }, text: withVersion(key, text) }];
}

/** A requirement of the project without the clauses that keep out what would be chosen otherwise. */
function dropBound(quote: RequirementQuote, request: ResolutionRequest): Change[] {
  const root = rootOf(quote, request);
  if (root === undefined || quote.override !== undefined || quote.specifier === '') return [];
  const { specifier } = root.requirement;
  const from = `"${quote.text}"${quote.group === 'default' ? '' : ` in group "${quote.group}"`}`;
  const text = (version: string | undefined): string => {
    const violated = specifier.clauses.filter(
      (one) => version !== undefined && !new SpecifierSet([one]).contains(version),
    );
    const dropped = violated.length === 0 ? quote.specifier : violated.map((one) => one.text).join(',');
    return withVersion(quote.key, `drop "${dropped}" from ${from}`)(version);
  };
  return [{ kind: 'bound', package: quote.key, request: withSpecifier(request, root, ANY_VERSION), text }];
}

/** A requirement of the project that no version meets, but the pre-release of one that would. */
function takePrerelease(reason: Reason, request: ResolutionRequest, universe: Universe): Change[] {
  if (reason.kind !== 'no-match' || reason.quote.override !== undefined) return [];
  const root = rootOf(reason.quote, request);
  const { key } = reason.quote;
  const near = universe.named(key)?.candidates.findLast(({ version, prerelease }) => {
    return prerelease && root?.requirement.specifier.contains(baseVersion(version)) === true;
  });
  if (root === undefined || near === undefined) return [];
  const text = `ask for ${key}==${near.version.text}, a pre-release`;
  const pinned = withSpecifier(request, root, parseSpecifierSet(`==${near.version.text}`));
  return [{ kind: 'prerelease', package: key, request: pinned, text: () => text }];
}

function allowPrereleases(key: string, request: ResolutionRequest): Change[] {
  const allowed = withVersion(key, `allow pre-releases of ${key}`);
  const roots = request.roots.map((root) =>
    root.requirement.key === key && root.prereleases !== undefined ? { ...root, prereleases: true } : root,
  );
  return [{ kind: 'prerelease', package: key, request: { ...request, roots, allowPrereleases: true }, text: allowed }];
}

/** The rules about files without what leaves nothing of a version. */
function letFilesIn({ key, topic }: Reason & { readonly kind: 'unusable' }, request: ResolutionRequest): Change[] {
  const { files } = request;
  const change = (text: string, changed: Partial<FileRules>): Change[] => [
    {
      kind: 'files',
      package: key,
      request: { ...request, files: { ...files, ...changed } },
      text: withVersion(key, text),
    },
  ];
  const noBinary = new Set(files.noBinary);
  const onlyBinary = new Set(files.onlyBinary);
  switch (topic) {
    case 'too-new': {
      const text = `let newer files of ${key} in with exclude-newer-override`;
      return change(text, { cutoffs: new Map(files.cutoffs).set(key, undefined) });
    }
    case 'no-archive':
      if (noBinary.delete(key)) return change(`take ${key} out of no-binary`, { noBinary });
      return change(`add ${key} to only-binary`, { onlyBinary: onlyBinary.add(key) });
    case 'source-only':
      if (onlyBinary.delete(key)) return change(`take ${key} out of only-binary`, { onlyBinary });
      return change(`add ${key} to no-binary`, { noBinary: noBinary.add(key) });
    default:
      return [];
  }
}

/** A withdrawn version is chosen only when the project pins it. */
function pinWithdrawn(key: string, { terms }: Part, request: ResolutionRequest, universe: Universe): Change[] {
  const named = universe.named(key);
  const version = named === undefined ? undefined : newestOf(named, terms);
  if (version === undefined) return [];
  const pin = `${key}==${version}`;
  const own = request.roots.filter((root) => root.requirement.key === key);
  if (own.length > 0) {
    const specifier = parseSpecifierSet(`==${version}`);
    const pinned = own.reduce((changed, root) => withSpecifier(changed, root, specifier), request);
    return [{ kind: 'withdrawn', package: key, request: pinned, text: () => `ask for ${pin}, a withdrawn version` }];
  }
  const added: RootRequirement = { requirement: parseRequirement(pin), group: 'default', origin: pin };
  const text = `add ${pin} to the project's dependencies to take a withdrawn version`;
  const roots = [...request.roots, added];
  return [{ kind: 'withdrawn', package: key, request: { ...request, roots }, text: () => text }];
}

function newestOf(named: NamedPackage, terms: Part['terms']): string | undefined {
  const ranks = terms.find((term) => term.package === named.id)?.ranks ?? [];
  return named.candidates.findLast((_, index) => hasRank(ranks, index + 1))?.version.text;
}

function rootOf({ key, text, group }: RequirementQuote, { roots, direct }: ResolutionRequest) {
  if (direct.has(key)) return undefined;
  return roots.find((root) => root.requirement.key === key && root.group === group && root.origin === text);
}

function withSpecifier(request: ResolutionRequest, root: RootRequirement, specifier: SpecifierSet): ResolutionRequest {
  const roots = request.roots.map((one) => {
    const isSame = one.origin === root.origin && one.requirement.key === root.requirement.key;
    return isSame ? { ...one, requirement: { ...one.requirement, specifier } } : one;
  });
  return { ...request, roots };
}

function withVersion(key: string, text: string): (version: string | undefined) => string {
  return (version) => (version === undefined ? text : `${text} (${key} ${version} would be chosen)`);
}
