/** All files of a project over the sources it may come from. */
import { TspmError } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import { normalizeName } from '../packaging/name.ts';
import { type Version, compareVersions, versionsEqual } from '../packaging/version.ts';
import type { HttpClient } from '../ports.ts';
import { compareText } from '../util/collections.ts';
import { mapLimit } from '../util/limit.ts';
import { artifactOf } from './artifact.ts';
import { bareLink, isLocalPlace, readLocalLinks, readLocalProject } from './find-links.ts';
import type { Artifact, Listing, ProjectNotice, Release } from './model.ts';
import type { PageCache } from './page-cache.ts';
import { type PageLoader, type PageLoaderSettings, createPageLoader } from './page-loader.ts';
import { type Page, type PageFile, looksLikeArchive } from './page.ts';
import { type Source, isHttpUrl, isTrustedSource, routeSources } from './source.ts';

/** Lists projects; each one is looked up once. */
export interface Finder {
  /** `name` in any spelling. Rejects with the error of the first source, in their order, that could not be asked. */
  listing(name: string): Promise<Listing>;
}

/** The versions of a project that one source has. */
export interface SourceOffer {
  readonly source: string;
  readonly versions: readonly Version[];
}

/** What a finder needs. */
export interface FinderSettings {
  readonly sources: readonly Source[];
  /** An earlier source has precedence over later ones: their files of the same name may differ. */
  readonly ordered?: boolean;
  readonly http: HttpClient;
  readonly pages: PageCache;
  /** As {@link PageLoaderSettings.trust}; 'fresh' unless given. */
  readonly trust?: PageLoaderSettings['trust'];
  /** Told which sources have a project, when several have it. */
  readonly onOffers?: (name: string, offers: readonly SourceOffer[]) => void;
  /** Receives what the user should know but need not stop for; each text once. */
  readonly warn?: (message: string) => void;
  /** Told of pages for which nobody is asked, as they are kept and fresh. */
  readonly onKept?: (url: string) => void;
}

/** A finder over `sources`, in the order of precedence for equal file names. */
export function createFinder(settings: FinderSettings): Finder {
  const warned = new Set<string>();
  const shop: Shop = {
    sources: settings.sources,
    ordered: settings.ordered ?? false,
    loader: createPageLoader({
      http: settings.http,
      cache: settings.pages,
      trust: settings.trust ?? 'fresh',
      onKept: (url) => settings.onKept?.(url),
    }),
    linksOf: new Map(),
    onOffers: (name, offers) => settings.onOffers?.(name, offers),
    warn(message) {
      if (!warned.has(message)) settings.warn?.(message);
      warned.add(message);
    },
  };
  const listings = new Map<string, Promise<Listing>>();
  return {
    listing(name) {
      const key = normalizeName(name);
      const started = listings.get(key);
      if (started !== undefined) return started;
      // A failure is forgotten: who asks again, after a prefetch nobody waited for, gets another try.
      const listing = findListing(shop, key).catch((error: unknown) => {
        listings.delete(key);
        throw error;
      });
      listings.set(key, listing);
      return listing;
    },
  };
}

/** Seconds an index page is kept when the server says nothing; PyPI says the same. */
const INDEX_MAX_AGE = 600;
const MAX_SOURCES_AT_ONCE = 8;

interface Shop {
  readonly sources: readonly Source[];
  readonly ordered: boolean;
  readonly loader: PageLoader;
  /** Links of find_links sources, loaded once; by source. */
  readonly linksOf: Map<Source, Promise<readonly PageFile[]>>;
  onOffers(name: string, offers: readonly SourceOffer[]): void;
  warn(message: string): void;
}

/** What one source has; undefined artifacts mean it does not know the project. */
interface Offer {
  readonly source: string;
  readonly artifacts: readonly Artifact[] | undefined;
  readonly notice: ProjectNotice | undefined;
}

async function findListing(shop: Shop, key: string): Promise<Listing> {
  const asked = routeSources(shop.sources, key).filter((source) => isUsable(shop, source));
  const offers = await mapLimit(asked, MAX_SOURCES_AT_ONCE, (source) =>
    offerOf(shop, source, key).then(
      (offer) => ({ kind: 'offer', offer }) as const,
      (error: unknown) => ({ kind: 'failed', error }) as const,
    ),
  );
  const found: Offer[] = [];
  for (const outcome of offers) {
    // A source that cannot be asked may be the one that has the project: never go on without it.
    if (outcome.kind === 'failed') throw outcome.error;
    if (outcome.offer.artifacts !== undefined) found.push(outcome.offer);
  }
  if (found.length > 1) shop.onOffers(key, found.map(offeredVersions));
  if (found.length === 0) return { kind: 'absent', name: key, asked: asked.map((source) => source.name) };
  const notices = found.flatMap((offer) => (offer.notice === undefined ? [] : [offer.notice]));
  return {
    kind: 'found',
    name: key,
    releases: releasesOf(
      mergeOffers(
        found.map((offer) => offer.artifacts ?? []),
        shop.ordered,
      ),
    ),
    ...(notices.length === 0 ? {} : { notices }),
  };
}

function isUsable(shop: Shop, source: Source): boolean {
  if (isTrustedSource(source)) return true;
  shop.warn(
    `source "${source.name}" (${redactUrl(source.url)}) is skipped: plain http can be tampered with on the way; ` +
      'use https, or set verify_ssl = false for it',
  );
  return false;
}

function offeredVersions({ source, artifacts = [] }: Offer): SourceOffer {
  return { source, versions: artifacts.map(({ version }) => version) };
}

async function offerOf(shop: Shop, source: Source, key: string): Promise<Offer> {
  return { source: source.name, ...(await contentsOf(shop, source, key)) };
}

async function contentsOf(shop: Shop, source: Source, key: string): Promise<Omit<Offer, 'source'>> {
  if (source.type === 'find_links') {
    const artifacts = artifactsOf(await sourceLinks(shop, source), key, source);
    return { artifacts: artifacts.length === 0 ? undefined : artifacts, notice: undefined };
  }
  if (!isHttpUrl(source.url)) {
    const files = localProject(shop, source, key);
    return { artifacts: files === undefined ? undefined : artifactsOf(files, key, source), notice: undefined };
  }
  const loaded = await shop.loader.load({
    url: projectUrl(source.url, key),
    project: key,
    username: source.username,
    defaultMaxAge: INDEX_MAX_AGE,
  });
  if (loaded.kind === 'absent') return { artifacts: undefined, notice: undefined };
  checkApiVersion(shop, source, loaded.page);
  warnOfRedirect(shop, source, { key, from: source.url, to: loaded.url });
  return { artifacts: artifactsOf(loaded.page.files, key, source), notice: noticeOf(loaded.page, source) };
}

function localProject(shop: Shop, source: Source, key: string): readonly PageFile[] | undefined {
  if (!isLocalPlace(source.url)) warnOfEmptiness(shop, source);
  return readLocalProject(source.url, key);
}

function warnOfEmptiness(shop: Shop, source: Source): void {
  shop.warn(`source "${source.name}" is empty: there is nothing at ${redactUrl(source.url)}`);
}

/** GitLab and pypiserver send askers on to PyPI for what they do not have: not what somebody wants who named the one source. */
function warnOfRedirect(
  shop: Shop,
  source: Source,
  { key, from, to }: { readonly key: string; readonly from: string; readonly to: string },
): void {
  const { host } = new URL(to);
  if (host === new URL(from).host || source.include.length === 0) return;
  shop.warn(
    `${key} is to come from the source "${source.name}" alone, which sends on to ${host}: what is there may be another package of that name`,
  );
}

/** `<index>/<name>/`, keeping a query of the index. */
function projectUrl(index: string, key: string): string {
  const url = new URL(index);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${key}/`;
  url.hash = '';
  return url.href;
}

function sourceLinks(shop: Shop, source: Source): Promise<readonly PageFile[]> {
  const started = shop.linksOf.get(source);
  if (started !== undefined) return started;
  const links = loadLinks(shop, source).catch((error: unknown) => {
    shop.linksOf.delete(source);
    throw error;
  });
  shop.linksOf.set(source, links);
  return links;
}

async function loadLinks(shop: Shop, source: Source): Promise<readonly PageFile[]> {
  const links = isHttpUrl(source.url) ? await remoteLinks(shop, source) : readLocalLinks(source.url);
  if (links !== undefined) return links;
  warnOfEmptiness(shop, source);
  return [];
}

/** An archive is its own only link; asking for it here would download it. */
async function remoteLinks(shop: Shop, source: Source): Promise<readonly PageFile[] | undefined> {
  if (looksLikeArchive(source.url)) return bareLink(new URL(source.url));
  const loaded = await shop.loader.load({
    url: source.url,
    project: undefined,
    username: source.username,
    defaultMaxAge: 0,
  });
  return loaded.kind === 'absent' ? undefined : loaded.page.files;
}

function artifactsOf(files: readonly PageFile[], key: string, source: Source): readonly Artifact[] {
  return files.flatMap((file) => artifactOf(file, key, source.name) ?? []);
}

function checkApiVersion(shop: Shop, source: Source, { apiVersion: [major, minor] }: Page): void {
  if (major > 1) {
    const message = `source "${source.name}" speaks version ${major}.${minor} of the index API; only 1.x is understood`;
    throw new TspmError('TSPM_INDEX_RESPONSE', message, { hint: 'a newer tspm may understand it' });
  }
  if (minor > 4)
    shop.warn(`source "${source.name}" speaks version 1.${minor} of the index API; 1.4 is what is understood`);
}

function noticeOf(page: Page, source: Source): ProjectNotice | undefined {
  const { status, statusReason: reason } = page;
  if (status !== 'archived' && status !== 'deprecated' && status !== 'quarantined') return undefined;
  return { status, reason, source: source.name };
}

/** Artifacts in order of source, then file name; of two with one name the first source's is taken. */
function mergeOffers(offers: readonly (readonly Artifact[])[], ordered: boolean): readonly Artifact[] {
  const byName = new Map<string, Artifact>();
  for (const offer of offers) {
    for (const artifact of offer.toSorted((a, b) => compareText(a.filename, b.filename))) {
      const taken = byName.get(artifact.filename);
      if (taken === undefined) byName.set(artifact.filename, artifact);
      else if (!ordered) checkSameFile(taken, artifact);
    }
  }
  return [...byName.values()];
}

/** Builds of one version with different local labels are known to reuse file names (`+cpu` wheels of several indexes). */
function checkSameFile(taken: Artifact, other: Artifact): void {
  if (taken.version.local !== undefined) return;
  for (const [algorithm, digest] of Object.entries(taken.hashes)) {
    const otherDigest = other.hashes[algorithm];
    if (otherDigest === undefined || otherDigest === digest) continue;
    throw new TspmError(
      'TSPM_INDEX_RESPONSE',
      `${taken.filename} differs between the sources "${taken.source}" (${algorithm} ${digest}) and "${other.source}" (${otherDigest})`,
      { hint: 'route the package to one of them with include_packages or exclude_packages' },
    );
  }
}

/** Equal versions are one release, however they are written (`1.0`, `1.0.0`); the sort keeps the order within each. */
function releasesOf(artifacts: readonly Artifact[]): readonly Release[] {
  const releases: { readonly version: Version; readonly artifacts: Artifact[] }[] = [];
  for (const artifact of artifacts.toSorted((a, b) => compareVersions(a.version, b.version))) {
    const last = releases.at(-1);
    if (last !== undefined && versionsEqual(last.version, artifact.version)) last.artifacts.push(artifact);
    else releases.push({ version: artifact.version, artifacts: [artifact] });
  }
  return releases;
}
