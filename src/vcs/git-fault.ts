/** What git's messages mean for people. Pure. */
import { show } from '../archive/show.ts';
import { TspmError, type ErrorCode } from '../errors.ts';
import { redactUrl } from '../util/redact.ts';
import type { Repository } from './repository.ts';

interface Meaning {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
}

const MEANINGS: readonly Meaning[] = [
  {
    pattern: /host key verification failed/i,
    code: 'TSPM_INDEX_AUTH',
    what: 'ssh does not know this host',
    hint: 'connect to it once with ssh, or add its key to ~/.ssh/known_hosts',
  },
  {
    pattern:
      /could not read (?:username|password)|authentication failed|permission denied|terminal prompts disabled|access denied|returned error: 40[13]/i,
    code: 'TSPM_INDEX_AUTH',
    what: 'it wants credentials, or refuses those it got',
    hint: 'put ${USER}:${PASSWORD}@ into the address and set the variables, use a credential helper of git or ~/.netrc; for ssh, load the key into the agent',
  },
  {
    pattern:
      /does not appear to be a git repository|repository .* not found|repository not found|not a git repository|does not exist/i,
    code: 'TSPM_VCS',
    what: 'there is no repository',
    hint: 'check the address; some hosts say so too when credentials are missing',
  },
  {
    pattern:
      /could not resolve (?:host|proxy)|failed to connect|couldn't connect|connection (?:refused|timed out|reset|closed)|network is unreachable|operation timed out|no route to host|name or service not known|temporary failure in name resolution|early eof|unexpected disconnect|rpc failed|ssl|certificate|transfer closed|operation too slow|empty reply|remote end hung up/i,
    code: 'TSPM_NETWORK',
    what: 'it cannot be reached',
    hint: 'check the network, the proxy and the address, then run the command again; a commit that was fetched before needs no network',
  },
  {
    pattern: /no space left|disk quota exceeded/i,
    code: 'TSPM_IO',
    what: 'no space left',
    hint: 'make room, or choose another place with `tspm config cache_dir PATH`',
  },
];

/** The error for a call that failed with this message; of the message, the line that tells most is shown. */
export function gitFault({ url }: Repository, stderr: string): TspmError {
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(stderr));
  const line = tellingLine(stderr);
  const detail = line === '' ? '' : `: ${line}`;
  return new TspmError(
    meaning?.code ?? 'TSPM_VCS',
    `git cannot read ${url}: ${meaning?.what ?? 'it failed'}${detail}`,
    {
      ...(meaning === undefined ? {} : { hint: meaning.hint }),
      context: { repository: url },
    },
  );
}

function tellingLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim());
  const found =
    lines.find((line) => /^(?:fatal|error|remote|ssh):/.test(line)) ?? lines.find((line) => line !== '') ?? '';
  return show(redactUrl(found.replace(/^(?:fatal|error): /, '')));
}
