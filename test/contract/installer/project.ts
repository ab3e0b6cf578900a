import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openWheel } from '../../../src/archive/wheel-archive.ts';
import { openStore, type PackageStore } from '../../../src/cache/store.ts';
import { packagesPaths, type PackagesPaths } from '../../../src/installer/environment.ts';
import { syncEnvironment, type SyncRequest, type SyncResult } from '../../../src/installer/sync.ts';
import type { WantedDistribution, WheelSource } from '../../../src/installer/wanted.ts';
import type { ProgressEvent } from '../../../src/ports.ts';
import { buildWheel, type BuiltWheel, type WheelSpec } from '../../support/wheel.ts';
import { testPython } from '../../support/python.ts';
import { readTree, scratchFolder } from '../../support/tree.ts';

/** Options of one sync beside the wheels wanted. */
export type SyncOptions = Partial<Omit<SyncRequest, 'wanted' | 'sources'>> & {
  /** Wheel files unpacked into the project itself instead of store entries. */
  readonly archives?: boolean;
  /** Store entries come with all their files in the manifest, although most methods need only their outlines. */
  readonly whole?: boolean;
  /** Replaces parts of what is wanted, by key. */
  readonly wanted?: Readonly<Record<string, Partial<WantedDistribution>>>;
};

/** A throw-away project with a store of its own; wheels are real files. */
export class TestProject {
  readonly root: string;
  readonly paths: PackagesPaths;
  readonly store: PackageStore;
  readonly events: ProgressEvent[] = [];
  readonly #wheels: string;

  constructor(root: string = scratchFolder()) {
    this.root = join(root, 'project');
    this.#wheels = join(root, 'wheels');
    mkdirSync(this.root, { recursive: true });
    mkdirSync(this.#wheels, { recursive: true });
    this.paths = packagesPaths(this.root, '3.11');
    this.store = openStore(join(root, 'cache'));
  }

  /** Syncs to exactly these wheels; others that are installed stay unless `removals` names them. */
  async sync(specs: readonly WheelSpec[], options: SyncOptions = {}): Promise<SyncResult> {
    const wheels = new Map(specs.map((spec) => [keyOf(spec), { spec, built: buildWheel(spec) }]));
    const { archives = false, whole = false, wanted: changes = {}, ...rest } = options;
    const outlined = !whole;
    return syncEnvironment({
      paths: this.paths,
      interpreter: { executable: testPython(), ident: '3.11' },
      wanted: [...wheels].map(([key, { spec, built }]) => ({ ...wantedOf(spec, built), ...changes[key] })),
      sources: async ({ key, sha256s: [sha256 = ''] }) => {
        const wheel = wheels.get(key);
        if (wheel !== undefined) return this.source(wheel.built, { archive: archives, outlined });
        const entry = this.store.findEntry(sha256);
        if (entry === undefined) throw new Error(`no wheel for ${key}`);
        return { kind: 'entry', entry };
      },
      method: 'symlink',
      removals: 'none',
      reinstall: false,
      reporter: { emit: (event) => this.events.push(event) },
      concurrency: 4,
      ...rest,
    });
  }

  /** lib, bin, include and data as an object, without tspm's own files; paths of the store and of the project are replaced, and what follows from them. */
  tree(): Record<string, string> {
    const entries = Object.entries(readTree(this.paths.base))
      .filter(([path]) => !path.startsWith('.tspm'))
      .map(([path, text]) => [path, text.replaceAll(this.store.cacheDir, '<cache>').replaceAll(this.root, '<root>')])
      .map(([path = '', text = '']) => [path, text.replaceAll(/^(00-tspm-.*\.pth),.*$/gmu, '$1')]);
    return Object.fromEntries(entries) as Record<string, string>;
  }

  async source(
    built: BuiltWheel,
    { archive, outlined }: { readonly archive: boolean; readonly outlined: boolean },
  ): Promise<WheelSource> {
    const path = join(this.#wheels, built.filename);
    writeFileSync(path, built.bytes);
    if (archive) return { kind: 'archive', wheel: openWheel(path, built.filename, built.sha256) };
    const entry = await this.store.addEntry(path, built.filename, built.sha256);
    return { kind: 'entry', entry: (outlined ? this.store.findOutline(built.sha256) : undefined) ?? entry };
  }
}

/** What is wanted for a wheel, as if a lock file listed it. */
export function wantedOf(spec: WheelSpec, built: BuiltWheel): WantedDistribution {
  return {
    key: keyOf(spec),
    name: spec.name,
    version: spec.version,
    sha256s: [built.sha256],
    requested: false,
    versionIsExactLocal: spec.version.includes('+'),
  };
}

export function keyOf(spec: WheelSpec): string {
  return spec.name.toLowerCase().replaceAll(/[-_.]+/gu, '-');
}
