import type { PackageStore } from '../cache/store.ts';
import type { Finder } from '../index/finder.ts';
import type { MetadataFetcher } from '../index/metadata-fetcher.ts';
import { packagesPaths, type PackagesPaths } from '../installer/environment.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Clock, HttpClient, Reporter } from '../ports.ts';
import { configInteger, type Config } from '../project/config.ts';
import { parsePyproject, type Pyproject } from '../project/pyproject.ts';
import { projectSources, type SourceSettings } from '../project/sources.ts';

/** What a command line (or a host application) decides before any work starts. */
export interface SessionSettings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
  /** Absolute. */
  readonly cacheDir: string;
  /** `--no-cache`: kept pages and metadata are neither read nor written; wheels are, as PDM does. */
  readonly noCache: boolean;
  readonly pyproject: Pyproject;
  /** The project's Python; may start a process and save its choice. Throws TSPM_PYTHON_NOT_FOUND. */
  readonly interpreter: () => Promise<Interpreter>;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly userAgent: string;
}

/** The index side of a session. */
export interface IndexAccess {
  readonly http: HttpClient;
  readonly finder: Finder;
  readonly metadata: MetadataFetcher;
}

/** One command's work on one project: what it needs, made on first use and shared by its steps. */
export class Session {
  readonly settings: SessionSettings;
  #pyproject: Pyproject;
  #index: Promise<IndexAccess> | undefined;
  #store: Promise<PackageStore> | undefined;

  constructor(settings: SessionSettings) {
    this.settings = settings;
    this.#pyproject = settings.pyproject;
  }

  /** Project root, absolute. */
  get root(): string {
    return this.#pyproject.root;
  }

  get reporter(): Reporter {
    return this.settings.reporter;
  }

  get pyproject(): Pyproject {
    return this.#pyproject;
  }

  /** Goes on with a project file that is not on disk yet. Throws as `parsePyproject`. */
  adoptPyproject(text: string): Pyproject {
    this.#pyproject = parsePyproject(text, this.root);
    return this.#pyproject;
  }

  get sources(): readonly SourceSettings[] {
    return projectSources(this.pyproject.sources, this.settings.config, this.root);
  }

  note(level: 'info' | 'warning' | 'detail', message: string): void {
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
    this.#index ??= this.#openIndex();
    return this.#index;
  }

  store(): Promise<PackageStore> {
    this.#store ??= import('../cache/store.ts').then(({ openStore }) => openStore(this.settings.cacheDir));
    return this.#store;
  }

  /** Ends connections; the session must not be used afterwards. */
  async close(): Promise<void> {
    if (this.#index !== undefined) await (await this.#index).http.close();
  }

  async #openIndex(): Promise<IndexAccess> {
    const [{ createHttpClient }, { createFinder }, { createMetadataFetcher, metadataDirectory }, { createPageCache, pageDirectory }] =
      await Promise.all([
        import('../http/client.ts'),
        import('../index/finder.ts'),
        import('../index/metadata-fetcher.ts'),
        import('../index/page-cache.ts'),
      ]);
    const { config, env, clock, cacheDir, noCache, userAgent } = this.settings;
    const sources = this.sources;
    const timeoutSeconds = configInteger(config, 'request_timeout');
    const http = createHttpClient({ transports: sources, env, timeoutSeconds, clock, userAgent });
    const store = await this.store();
    return {
      http,
      finder: createFinder({
        sources,
        http,
        pages: createPageCache(noCache ? undefined : pageDirectory(cacheDir), clock),
        warn: (message) => this.note('warning', message),
      }),
      metadata: createMetadataFetcher({
        http,
        directory: noCache ? undefined : metadataDirectory(cacheDir),
        keepWheel: ({ path, sha256 }) => void store.keepWheel(path, sha256),
      }),
    };
  }
}
