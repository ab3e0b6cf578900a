import type { ConfigSettings } from '../build/backend.ts';
import { rm } from 'node:fs/promises';
import { makeStaging } from '../cache/staging.ts';
import { openStore, type PackageStore } from '../cache/store.ts';
import { metadataDirectory, pageDirectory } from '../index/cache-layout.ts';
import type { FileRules } from '../index/file-rules.ts';
import type { Finder, SourceOffer } from '../index/finder.ts';
import type { MetadataFetcher } from '../index/metadata-fetcher.ts';
import type { Source } from '../index/source.ts';
import { packagesPaths, type PackagesPaths } from '../installer/environment.ts';
import type { Clock, HttpClient, LoginPrompt, NoteLevel, Reporter } from '../ports.ts';
import { configInteger, type Config } from '../project/config.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import { projectSources } from '../project/sources.ts';
import type { Interpreter } from '../python/interpreter.ts';
import { fileRules, type CutoffOptions } from './file-rules.ts';

/** What a command line (or a host application) decides before any work starts. */
export interface SessionSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  /** Absolute. */
  readonly cacheDir: string;
  /** `--no-cache`: kept pages and metadata are neither read nor written; wheels are, as PDM does. */
  readonly noCache: boolean;
  /** Nothing is asked of the network: kept pages are good enough, however old. */
  readonly offline?: boolean;
  readonly pyproject: Pyproject;
  /** The project's Python; may start a process and save its choice. Throws TSPM_PYTHON_NOT_FOUND. */
  readonly interpreter: () => Promise<Interpreter>;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly userAgent: string;
  /** Runs the project's script of this name, if there is one. Throws when it fails. */
  readonly hook: (name: HookName) => Promise<void>;
  /** What a command line adds to the project's rules of resolution. */
  readonly resolution?: ResolutionOptions;
  /** Asked for credentials that a server wants and nothing has; nobody is asked without it. */
  readonly prompt?: LoginPrompt | undefined;
  /** How packages are built; in an environment of their own and without settings when left out. */
  readonly build?: BuildOptions;
  /** What is installed is compiled to byte code at once. */
  readonly compile?: boolean;
}

/** Options of commands that build. */
export interface BuildOptions {
  /** Builds see their own requirements alone, not the project's packages. */
  readonly isolation: boolean;
  readonly settings: ConfigSettings;
}

/** Options of commands that lock. */
export interface ResolutionOptions extends CutoffOptions {
  /** Absolute paths or URLs of `--override`, the last one counting most. */
  readonly overrideFiles: readonly string[];
}

/** Scripts of a project that run around building, locking and installing. */
export type HookName = 'pre_build' | 'post_build' | 'pre_lock' | 'post_lock' | 'pre_install' | 'post_install';

/** The index side of a session. */
export interface IndexAccess {
  readonly http: HttpClient;
  readonly finder: Finder;
  /** Asks the servers also for pages that are kept and fresh. */
  readonly revalidatingFinder: Finder;
  readonly metadata: MetadataFetcher;
}

const PLAIN_BUILD: BuildOptions = { isolation: true, settings: {} };

const NO_CUTOFFS: CutoffOptions = { excludeNewer: undefined, excludeNewerOverride: new Map() };

/** One command's work on one project: what it needs, made on first use and shared by its steps. */
export class Session {
  readonly settings: SessionSettings;
  /** sha256 (hex) of wheel files that were read whole in this run, by path. */
  readonly verified: Map<string, string> = new Map();
  /** Packages that several sources have, as far as they were asked in this run. */
  readonly offers: Map<string, readonly SourceOffer[]> = new Map();
  #pyproject: Pyproject;
  #index: Promise<IndexAccess> | undefined;
  #store: PackageStore | undefined;
  #scratch: string | undefined;
  readonly #started: number;
  readonly #parent: Session | undefined;
  /** What is being built around this session, the outermost first; none in the session of a command. */
  readonly builds: readonly string[];

  constructor(settings: SessionSettings, within?: { readonly parent: Session; readonly subject: string }) {
    this.settings = settings;
    this.#started = within === undefined ? settings.clock.now() : within.parent.#started;
    this.#pyproject = settings.pyproject;
    this.#parent = within?.parent;
    this.builds = within === undefined ? [] : [...within.parent.builds, within.subject];
    if (within !== undefined) this.verified = within.parent.verified;
  }

  /** A session on the requirements of the build of `subject`: other project, same sources, connections and store. */
  within(subject: string, settings: SessionSettings): Session {
    return new Session(settings, { parent: this, subject });
  }

  get build(): BuildOptions {
    return this.settings.build ?? PLAIN_BUILD;
  }

  /** Project root, absolute. */
  get root(): string {
    return this.#pyproject.root;
  }

  get reporter(): Reporter {
    return this.settings.reporter;
  }

  /** The project file as it is now: on disk, or adopted. */
  get pyproject(): Pyproject {
    return this.#pyproject;
  }

  /** Goes on with a project file that is not on disk yet. Throws as `parsePyproject`. */
  adoptPyproject(text: string): Pyproject {
    this.#pyproject = parsePyproject(text, this.root);
    return this.#pyproject;
  }

  get sources(): readonly Source[] {
    if (this.#parent !== undefined) return this.#parent.sources;
    return projectSources(this.pyproject.sources, this.settings.config, this.root);
  }

  /** Which files of packages count; ages are counted from the begin of the session. */
  get fileRules(): FileRules {
    const { config, env, resolution = NO_CUTOFFS } = this.settings;
    return fileRules({ pyproject: this.pyproject, config, env, options: resolution, now: this.#started });
  }

  /** Names of the sources, where earlier ones go before later ones. */
  get sourceOrder(): readonly string[] | undefined {
    if (this.#parent !== undefined) return this.#parent.sourceOrder;
    return this.pyproject.resolution.respectSourceOrder ? this.sources.map(({ name }) => name) : undefined;
  }

  get isOffline(): boolean {
    return this.settings.offline === true;
  }

  note(level: NoteLevel, message: string): void {
    this.reporter.emit({ kind: 'note', level, message });
  }

  interpreter(): Promise<Interpreter> {
    return this.settings.interpreter();
  }

  /** `__pypackages__/X.Y` of the project's Python. */
  async packages(): Promise<PackagesPaths> {
    return packagesPaths(this.root, (await this.interpreter()).ident);
  }

  index(): Promise<IndexAccess> {
    if (this.#parent !== undefined) return this.#parent.index();
    this.#index ??= this.#openIndex();
    return this.#index;
  }

  get store(): PackageStore {
    this.#store ??= openStore(this.settings.cacheDir);
    return this.#store;
  }

  /** A private folder that lasts as long as the session. Throws TSPM_STORE. */
  get scratch(): string {
    if (this.#parent !== undefined) return this.#parent.scratch;
    this.#scratch ??= makeStaging(this.settings.cacheDir);
    return this.#scratch;
  }

  /** Ends connections and tells how often the network was asked; the session must not be used afterwards. */
  async close(): Promise<void> {
    const http = this.#index === undefined ? undefined : (await this.#index).http;
    await http?.close();
    if (this.#scratch !== undefined) await rm(this.#scratch, { recursive: true, force: true });
    this.note('detail', `requests made: ${http?.requestCount ?? 0}`);
  }

  async #openIndex(): Promise<IndexAccess> {
    const online = await import('./online.ts');
    const { config, env, clock, cacheDir, noCache, userAgent, signal, prompt, offline = false } = this.settings;
    const sources = this.sources;
    const timeoutSeconds = configInteger(config, 'request_timeout');
    const transports = online.transportsOf(sources);
    const onRequest = (url: string, outcome: string, milliseconds: number): void =>
      this.reporter.emit({ kind: 'request', url, outcome, milliseconds });
    const wire = { transports, env, timeoutSeconds, clock, userAgent, onRequest, prompt };
    const http = offline ? online.createOfflineClient() : interruptible(online.createHttpClient(wire), signal);
    const { store } = this;
    const pages = online.createPageCache(noCache ? undefined : pageDirectory(cacheDir), clock);
    const ordered = this.sourceOrder !== undefined;
    const warn = (message: string): void => this.note('warning', message);
    const onKept = (url: string): void => this.note('detail', `${url} is kept`);
    const onOffers = (name: string, offers: readonly SourceOffer[]): void => void this.offers.set(name, offers);
    const shop = { sources, ordered, http, pages, warn, onKept, onOffers, trust: offline ? 'kept' : 'fresh' } as const;
    const finder = online.createFinder(shop);
    return {
      http,
      finder,
      revalidatingFinder: offline ? finder : online.createFinder({ ...shop, trust: 'nothing' }),
      metadata: online.createMetadataFetcher({
        http,
        directory: noCache ? undefined : metadataDirectory(cacheDir),
        keepWheel: ({ path, sha256 }) => void store.keepWheel(path, sha256),
        readSdist: async (path, filename) => (await import('./sdist-metadata.ts')).sdistMetadata(path, filename),
      }),
    };
  }
}

/** A client whose requests all end when the signal comes, also those that wait for an answer. */
function interruptible(client: HttpClient, signal: AbortSignal): HttpClient {
  return {
    get: (request) => client.get({ signal, ...request }),
    close: () => client.close(),
    get requestCount() {
      return client.requestCount;
    },
  };
}
