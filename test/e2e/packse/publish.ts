/** A scenario as a real index and a project that locks from it. */
import { buildSdist, underExtra } from '../../support/sdist.ts';
import { startIndexServer, type IndexServer } from '../../support/index-server.ts';
import type { Project, Sandbox } from '../../support/tspm.ts';
import { buildWheel } from '../../support/wheel.ts';
import { onlySource, projectText } from '../../support/workspace.ts';
import type { Scenario, ScenarioVersion } from './scenario.ts';

/** An index with every package of a scenario; close it. */
export async function serveScenario(scenario: Scenario): Promise<IndexServer> {
  const server = await startIndexServer();
  for (const [name, versions] of Object.entries(scenario.packages))
    for (const version of versions) addVersion(server, name, version);
  return server;
}

function addVersion(server: IndexServer, name: string, one: ScenarioVersion): void {
  const { version, requiresPython, extras } = one;
  const listing = { requiresPython, yanked: one.isYanked };
  const underExtras = Object.entries(extras).flatMap(([extra, lines]) => lines.map((line) => underExtra(line, extra)));
  const requires = [...one.requires, ...underExtras];
  for (const tag of one.wheelTags) {
    const wheel = buildWheel({ name, version, requires, requiresPython, extras: Object.keys(extras), tag });
    server.add(name, { ...wheel, ...listing });
  }
  if (!one.hasSdist) return;
  const archive = buildSdist({ name, version, requires: one.requires, requiresPython, extras });
  server.add(name, { filename: archive.filename, bytes: archive.bytes, ...listing });
}

/** The project that asks for what the scenario's root asks for. */
export function scenarioProject(sandbox: Sandbox, scenario: Scenario, server: IndexServer): Project {
  const { name, root, onlyBinary, noBinary } = scenario;
  const settings = [
    ...(scenario.allowPrereleases ? ['allow-prereleases = true'] : []),
    ...(onlyBinary.length > 0 ? [`only-binary = ${JSON.stringify(onlyBinary)}`] : []),
    ...(noBinary.length > 0 ? [`no-binary = ${JSON.stringify(noBinary)}`] : []),
  ];
  const text = projectText({
    dependencies: root.requires,
    requiresPython: projectPython(scenario),
    sources: [onlySource(server.simple)],
    more: `[tool.pdm.resolution]\n${settings.map((line) => `${line}\n`).join('')}`,
  });
  return sandbox.project(name, text);
}

/** The interpreters the lock is for: the project's, or the releases of the one Python resolved for. */
export function projectPython({ isUniversal, root, python }: Scenario): string {
  if (isUniversal) return root.requiresPython;
  return /^\d+\.\d+$/.test(python) ? `==${python}.*` : `==${python}`;
}
