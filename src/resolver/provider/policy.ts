import type { SpecifierSet } from '../../packaging/specifier.ts';
import { isPrerelease, tryParseVersion } from '../../packaging/version.ts';
import { prefersWheels } from '../../index/file-rules.ts';
import type { ResolutionRequest } from '../model.ts';
import { type RankSet, NO_RANKS, singleRank, uniteRanks } from '../pubgrub/rank-set.ts';
import { type Lowering, isPinned, rankOfVersion } from './lowering.ts';
import type { NamedPackage, Taste } from './universe.ts';

/**
 * What the request says about single packages: order of choice, pre-releases, withdrawn versions. Depends on the request alone,
 * so that it is the same whatever the solver meets first. See docs/resolver.md, "Python".
 */
export class Policy {
  readonly #request: ResolutionRequest;
  readonly #lowering: Lowering;
  readonly #directKeys: ReadonlySet<string>;

  constructor(request: ResolutionRequest, lowering: Lowering) {
    this.#request = request;
    this.#lowering = lowering;
    this.#directKeys = new Set(request.roots.map(({ requirement }) => requirement.key));
  }

  /** The order in which candidates are tried. */
  taste(named: NamedPackage): Taste {
    const { minimalDirect, files } = this.#request;
    return {
      preferred: this.#preferred(named),
      lowestFirst: minimalDirect && this.#directKeys.has(named.key),
      prereleases: this.takesPrereleases(named.key),
      prefersWheels: prefersWheels(files, named.key),
    };
  }

  /** Whether pre-releases of a package were asked for: by a flag, a pin, the old lock, the setting or a specifier. */
  takesPrereleases(key: string): boolean {
    const { allowPrereleases, overrides, preferences, roots } = this.#request;
    const specifiers = roots.filter(({ requirement }) => requirement.key === key);
    if (specifiers.some(({ prereleases }) => prereleases === true)) return true;
    const own = specifiers
      .filter(({ prereleases }) => prereleases !== false)
      .map(({ requirement }) => requirement.specifier);
    const override = overrides.get(key);
    const asked = override === undefined ? own : [override];
    const locked = tryParseVersion(preferences.get(key) ?? '');
    if (asked.some(pinsPrerelease) || (locked !== undefined && isPrerelease(locked))) return true;
    return allowPrereleases ?? asked.some(({ namesPrerelease }) => namesPrerelease);
  }

  /** Whether a requirement rules pre-releases out. `flag` is the requirement's own wish. */
  refusesPrereleases(key: string, specifier: SpecifierSet, flag: boolean | undefined): boolean {
    if (isPinned(specifier)) return false;
    return flag === undefined ? this.#request.allowPrereleases === false && !this.takesPrereleases(key) : !flag;
  }

  /** The candidates that may be chosen although they were withdrawn: pinned by the project, or locked and not to be updated. */
  keptWhenYanked(named: NamedPackage): RankSet {
    const { overrides, roots } = this.#request;
    const override = overrides.get(named.key);
    const own = roots
      .filter(({ requirement }) => requirement.key === named.key)
      .map(({ requirement }) => requirement.specifier);
    const pins = (override === undefined ? own : [override]).filter(isPinned);
    const preferred = this.#preferred(named);
    return pins
      .map((pin) => this.#lowering.ranks(named, pin))
      .reduce(uniteRanks, preferred === undefined ? NO_RANKS : singleRank(preferred));
  }

  #preferred(named: NamedPackage): number | undefined {
    const text = this.#request.preferences.get(named.key);
    return text === undefined ? undefined : rankOfVersion(named, text);
  }
}

function pinsPrerelease(specifier: SpecifierSet): boolean {
  return isPinned(specifier) && specifier.namesPrerelease;
}
