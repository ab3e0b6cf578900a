import { TspmError } from '../errors.ts';
import type { HttpClient } from '../ports.ts';
import { redactUrl } from '../util/redact.ts';

/** A client that refuses every request: TSPM_OFFLINE. */
export function createOfflineClient(): HttpClient {
  return {
    get: ({ url }) =>
      Promise.reject(offlineError(`${redactUrl(url)} would have to be fetched`, { url: redactUrl(url) })),
    close: () => Promise.resolve(),
    requestCount: 0,
  };
}

/** The error for something that only the network has; `lack` is a clause. */
export function offlineError(lack: string, context: Readonly<Record<string, unknown>>): TspmError {
  return new TspmError('TSPM_OFFLINE', `offline: ${lack}`, {
    hint: 'run the command once with the network, the same sources and the same cache directory, or without --offline and TSPM_OFFLINE',
    context,
  });
}
