/** Addresses and repositories as a project knows them. */
import { existsSync } from 'node:fs';
import { TspmError } from '../errors.ts';
import { expandGroup } from '../project/group-lines.ts';
import { allGroups, groupNames } from '../project/groups.ts';
import { parseRequirementLine, type ProjectRequirement } from '../project/requirement-line.ts';
import { expandUrl, variableStyle } from '../project/variables.ts';
import { redactUrl } from '../util/redact.ts';
import type { MirrorSettings } from '../vcs/mirrors.ts';
import { parseRepository, type Repository, withoutSecrets } from '../vcs/repository.ts';
import type { Session } from './session.ts';

/** How git is run for a session. */
export function mirrorSettings({
  reporter,
  isOffline: offline,
  settings: { cacheDir, env, signal },
}: Session): MirrorSettings {
  return { cacheDir, env, signal, reporter, offline };
}

/** A repository by the address of a lock or a requirement. Throws TSPM_INVALID_REQUIREMENT. */
export function repositoryAt(session: Session, address: string): Repository {
  return parseRepository(fullAddress(session, address));
}

/**
 * An address of a lock or a requirement to ask: with the credentials that a requirement of the project has for it, which no lock holds, and its
 * variables replaced.
 */
export function fullAddress(session: Session, address: string): string {
  const { root, pyproject, settings } = session;
  const scope = { root, env: settings.env, style: variableStyle(pyproject.buildBackend) };
  const written = projectAddresses(session).find((known) => known !== address && withoutSecrets(known) === address);
  return expandUrl(written ?? address, scope);
}

/** The error for a version control system that tspm does not know. */
export function unsupportedVcs(kind: string, address: string): TspmError {
  return new TspmError(
    'TSPM_UNSUPPORTED',
    `${redactUrl(address)}: of version control systems, tspm knows git alone, not ${kind}`,
    {
      hint: 'depend on a git repository, an archive or a wheel of the package',
    },
  );
}

function projectAddresses({ root, pyproject, settings }: Session): string[] {
  const scope = { root, env: settings.env, style: variableStyle(pyproject.buildBackend) };
  const context = { scope, exists: (path: string) => existsSync(path) };
  const groups = allGroups(groupNames(pyproject));
  const lines = groups.flatMap((group) => expandGroup(pyproject, group).lines);
  const overrides = [...pyproject.resolution.overrides].map(([key, text]) => `${key} @ ${text}`);
  // Others are no addresses with credentials, and may not be readable at all.
  const placed = [...lines, ...overrides].filter((line) => /:\/\/[^/]*@/.test(line));
  return placed.flatMap((line) => addressOf(parseRequirementLine(line, context)) ?? []);
}

function addressOf(found: ProjectRequirement): string | undefined {
  if (found.kind === 'vcs') return found.repository;
  return found.kind === 'url' ? found.url : undefined;
}
