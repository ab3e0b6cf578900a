/** Registries of plain data on an index: wheels that are never opened, each with its metadata file beside it (PEP 658). */
import type { HardRegistry, HardVersion } from './hard-cases.ts';
import type { IndexFile, IndexServer } from './index-server.ts';

/** Adds every version of a registry as one pure wheel. */
export function publishListed(server: IndexServer, registry: HardRegistry): void {
  for (const [name, versions] of Object.entries(registry)) {
    server.add(name, ...Object.entries(versions).map(([version, spec]) => listedFile(name, version, spec)));
  }
}

function listedFile(name: string, version: string, spec: HardVersion): IndexFile {
  const { requires = [], python } = 'length' in spec ? { requires: spec } : spec;
  const extras = new Set(
    requires.flatMap((line) => [...line.matchAll(/extra == "([^"]+)"/g)].map(([, extra]) => extra ?? '')),
  );
  const metadata = [
    'Metadata-Version: 2.1',
    `Name: ${name}`,
    `Version: ${version}`,
    ...(python === undefined ? [] : [`Requires-Python: ${python}`]),
    ...[...extras].map((extra) => `Provides-Extra: ${extra}`),
    ...requires.map((line) => `Requires-Dist: ${line}`),
  ];
  const filename = `${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`;
  return {
    filename,
    bytes: Buffer.from(`not opened: ${filename}`),
    metadata: `${metadata.join('\n')}\n`,
    ...(python === undefined ? {} : { requiresPython: python }),
  };
}
