/** undici behind {@link Wire}: one agent for each combination of TLS settings and proxy. */
import type { Dispatcher } from 'undici';
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { basicAuthorization, closestScope, takeUserInfo } from './credentials.ts';
import type { Answer, Wire } from './exchange.ts';
import { PROXY_CLOSED } from './failure.ts';
import { type Env, proxyFor } from './proxy.ts';
import { type TlsSettings, tlsOptions } from './tls.ts';

/** TLS settings for URLs at or below `url`. */
export interface TlsScope extends TlsSettings {
  readonly url: string;
}

/** What the wire needs; time-outs are of progress (connecting, first byte, next byte), not of the whole. */
export interface WireSettings {
  readonly scopes: readonly TlsScope[];
  readonly env: Env;
  readonly timeoutSeconds: number;
  readonly connectionsPerHost: number;
}

/** A wire that keeps connections open until `close`. */
export function createWire(settings: WireSettings): Wire {
  const agents = new Map<string, Dispatcher>();
  const scopes = settings.scopes.map((scope) => ({ url: takeUserInfo(scope.url).url, tls: scope }));

  const agentFor = (url: URL): Dispatcher => {
    const tls = closestScope(scopes, url)?.tls ?? DEFAULT_TLS;
    const proxy = proxyFor(url, settings.env);
    const key = JSON.stringify([
      url.protocol,
      proxy ?? '',
      tls.verifySsl,
      tls.caCerts ?? '',
      tls.clientCert ?? '',
      tls.clientKey ?? '',
    ]);
    const known = agents.get(key);
    if (known !== undefined) return known;
    const agent = createAgent(url, { proxy, tls, settings });
    agents.set(key, agent);
    return agent;
  };

  let closed = false;
  return {
    async send(hop) {
      // Work that is under way while the program ends must not open connections anew.
      if (closed) throw Object.assign(new Error('the client is closed'), { code: 'UND_ERR_CLOSED' });
      const answer = await request.call(agentFor(hop.url), {
        origin: hop.url.origin,
        path: wirePath(hop.url),
        method: 'GET',
        headers: { ...hop.headers },
        ...(hop.signal === undefined ? {} : { signal: hop.signal }),
      });
      return answerOf(answer);
    },
    proxyFor: (url) => proxyFor(url, settings.env),
    async close() {
      closed = true;
      const open = [...agents.values()];
      agents.clear();
      for (const agent of open) await agent.destroy();
    },
  };
}

const DEFAULT_TLS: TlsSettings = { verifySsl: true };

/** Bytes of an unwanted body that are read so that its connection can be used again; beyond that it is closed. */
const DISCARD_LIMIT = 64 * 1024;

interface AgentNeeds {
  readonly proxy: string | undefined;
  readonly tls: TlsSettings;
  readonly settings: WireSettings;
}

function createAgent(url: URL, { proxy, tls, settings }: AgentNeeds): Dispatcher {
  const timeout = settings.timeoutSeconds * 1000;
  const connectionTo = (isSecure: boolean, trust: TlsSettings) => {
    return { timeout, ...(isSecure ? tlsOptions(trust, settings.env) : {}) };
  };
  const connection = connectionTo(url.protocol === 'https:', tls);
  const options = {
    connections: settings.connectionsPerHost,
    connectTimeout: timeout,
    headersTimeout: timeout,
    bodyTimeout: timeout,
  };
  if (proxy === undefined) return new Agent({ ...options, connect: connection });
  const { url: proxyUrl, credentials } = takeUserInfo(proxy);
  return new ProxyAgent({
    ...options,
    uri: proxyUrl.href,
    // Site proxies commonly allow CONNECT to port 443 only: plain http is forwarded instead.
    proxyTunnel: false,
    requestTls: connection,
    // Another host than the source's: neither its authorities nor its client certificate are for the proxy.
    proxyTls: connectionTo(proxy.startsWith('https:'), DEFAULT_TLS),
    // Pools made by undici's files alone lack `connect`, which the proxy agent calls.
    clientFactory: (origin, poolOptions) => Object.assign(new Pool(origin, poolOptions), { connect: connectThrough }),
    ...(credentials === undefined ? {} : { token: basicAuthorization(credentials) }),
  });
}

/** Asks a proxy for a tunnel. A proxy that ends the connection would be asked again and again, thousands of times a second, if undici saw its own error. */
async function connectThrough(this: Dispatcher, options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> {
  try {
    return await connect.call(this, options);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (code !== 'UND_ERR_SOCKET' && code !== 'UND_ERR_INFO') throw cause;
    throw Object.assign(new Error('the proxy closed the connection', { cause }), { code: PROXY_CLOSED });
  }
}

/** S3 and its kin read a bare `+` in a path as a blank. */
function wirePath(url: URL): string {
  return url.pathname.replaceAll('+', '%2B') + url.search;
}

function answerOf(answer: Dispatcher.ResponseData): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'string' ? value : value.join(', ');
  }
  return {
    status: answer.statusCode,
    headers,
    chunks: answer.body,
    async discard() {
      // Whatever ends the body early is of no interest to someone who does not want it.
      await answer.body.dump({ limit: DISCARD_LIMIT }).catch(() => undefined);
    },
  };
}
